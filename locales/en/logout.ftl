# Signing out.
logout-title = Sign out?
logout-ask = You are signed in as { $username }. Do you want to sign out?
logout-ask-apps = You used this sign-in for these apps. They are signed out too, as far as they can be told:
logout-yes = Sign out
logout-no = Stay signed in
logout-nobody = You are not signed in here: there is nothing left to sign out of.
logout-sign-in = Sign in again

logout-refused-title = Sign-out request
logout-problem-unreadable = The app’s sign-out request can’t be read. You have done nothing wrong.
logout-problem-hint = It can’t be verified which sign-in the app’s sign-out request is about: its id_token_hint is too old or was not issued here. You have done nothing wrong.
logout-problem-client = It can’t be verified which app the sign-out request comes from. You have done nothing wrong.
logout-problem-address = The app asked to send you on to an address that it has not registered (post_logout_redirect_uri: { $value }). For your safety you will not be sent there.

logout-done-title = You are signed out
logout-done-text = If you share this device, close the browser as well.
logout-told = These apps were told, and signed you out:
logout-pending = These apps have not answered yet. They will be told again:
logout-untold = These apps can’t be told. You may still be signed in there: sign out in the app itself.
logout-back = Go back to { $app }
logout-framed = These apps are told by this browser. Whether each has signed you out, only the app knows:
logout-framed-answered = has answered
logout-framed-silent = did not answer
logout-next = You are taken back to { $app } in a moment.
logout-next-there = You are signed out of { $provider } as well in a moment.
logout-other-person = The app asked to sign out somebody else than the person who is signed in here.
