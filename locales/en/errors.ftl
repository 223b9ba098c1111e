# Error pages: a title, what happened and whose fault it likely is, and what to do.
# `ErrorPage.text = "ID"` shows error-ID-title, error-ID-text and error-ID-hint,
# and error-ID-value if there is one and ErrorPage.value ($value) is not empty.
# An ID without texts shows those of "request".
error-to-app = Go back to the app
error-to-account = Go to your account
error-to-start = Start again
error-reference-note = If you ask for help, give this reference: the people who run this service can look it up.

error-request-title = Invalid request
error-request-text = The app that sent you here asked for something that can’t be done.
error-request-value = { $value }
error-request-hint = You have done nothing wrong. Go back to the app and try again. If it happens again, tell the people who run the app, and give them the reference below.

error-client-title = Invalid request
error-client-text = The app that sent you here is not known to this service: its name here (client_id) is missing or wrong.
error-client-value = client_id: { $value }
error-client-hint = You have done nothing wrong. The app has to be registered here first, or it uses a wrong client_id. Tell the people who run the app, and give them the reference below.

error-redirect-uri-title = Invalid request
error-redirect-uri-text = The app did not name an address (redirect_uri) that it has registered to send you on to. For your safety you were not sent anywhere.
error-redirect-uri-value = redirect_uri: { $value }
error-redirect-uri-hint = You have done nothing wrong. The people who run the app have to register exactly the redirect_uri that it uses. Tell them, and give them the reference below.

error-parameter-title = Invalid request
error-parameter-text = The request of the app is not in order.
error-parameter-value = { $value }
error-parameter-hint = You have done nothing wrong. Go back to the app and try again. If it happens again, tell the people who run the app, and give them the reference below.

error-form-title = This form was not accepted
error-form-text = Invalid request: the form does not belong to the page that is open in this browser. You may have signed in or out in another tab, the browser may refuse cookies, or another website may have tried to send the form in your name. Nothing was changed.
error-form-hint = Open the page again and repeat what you wanted to do.

error-damaged-title = This link is damaged
error-damaged-text = Invalid request: the link to this sign-in is incomplete or was changed on its way.
error-damaged-hint = Go back to the app and sign in from there.

error-expired-title = This sign-in was begun too long ago
error-expired-text = Invalid request: a sign-in has to be finished within a week, and this one is older.
error-expired-hint = Go back to the app and sign in from there.

error-other-browser-title = This sign-in was begun in another browser
error-other-browser-text = Invalid request: for your safety a sign-in can only be finished in the browser in which it was begun.
error-other-browser-hint = Go on in the other browser, or go back to the app in this one and sign in from there.

error-cookies-title = Your browser refuses cookies
error-cookies-text = Invalid request: this service needs a cookie to know your browser again, and your browser sent none.
error-cookies-hint = Allow cookies for this site and then sign in again from the app.

error-throttled-title = Please wait a moment
error-throttled-text = There were too many failed attempts in a short time, so this service is slowing them down.
error-throttled-hint = Wait { $value } and then try again.

error-busy-title = This service is busy
error-busy-text = The error is on our side: the service has too much to do just now, or its database does not answer. Nothing was lost.
error-busy-hint = Wait a few seconds and then reload the page.

error-server-title = Something went wrong on our side
error-server-text = You have done nothing wrong, and neither has the app: this service has failed.
error-server-hint = Try again in a few minutes. If it happens again, tell the people who run this service, and give them the reference below.

error-not-found-title = There is no such page
error-not-found-text = Invalid request: nothing is found at this address. The link may be old or mistyped.
error-not-found-hint = Your account page leads to everything that there is.

error-method-title = This page can’t be opened like this
error-method-text = Invalid request: this address takes a form, and can’t be opened as a link.
error-method-hint = Open the page with the form and send it from there.

error-link-title = This link does not work any more
error-link-text = Invalid request: such a link works once and for a short time, and this one was used, withdrawn, or is too old.
error-link-hint = Go to the app and ask it for a new link, or sign in there.

error-upstream-title = Signing in there did not work
error-upstream-text = You were not signed in, because the answer of { $value } was not in order.
error-upstream-hint = Please try again, or sign in another way. If it happens again, give the reference below to the people who run this service.

error-upstream-away-title = { $value } does not answer
error-upstream-away-text = You have done nothing wrong: { $value } can’t be reached at the moment.
error-upstream-away-hint = Please try again in a moment, or sign in another way.

error-upstream-unknown-title = Nobody was signed in
error-upstream-unknown-text = This answer of { $value } does not belong to a sign-in that was begun in this browser, or it was used already.
error-upstream-unknown-hint = Please sign in again from the app, or from your account.

error-upstream-taken-title = There is an account with your address already
error-upstream-taken-text = An account with the address that { $value } knows you by is here already, and it is not linked to { $value }. For your safety nobody else is let into it.
error-upstream-taken-hint = Sign in to your account here as you did before. If you can’t, give the reference below to the people who run this service.

error-upstream-nobody-title = You have no account here
error-upstream-nobody-text = You are signed in at { $value }, and nobody has given you an account here.
error-upstream-nobody-hint = Ask the people who run this service for one.
