# Signing in: password, second factor, account, consent.
login-title = Sign in
login-title-app = Sign in to { $app }
login-username = E-mail address
login-password = Password
login-persistent = Keep me signed in on this device
login-submit = Sign in
login-cancel-app = Cancel and go back to { $app }
login-policy = How { $app } handles your data
login-terms = Terms of { $app }
login-again = To go on, sign in again. You are signed in as { $username }, and this needs a fresh sign-in.
login-other-person = You are signed in as { $username }, but the app asked for another person. Sign in as that person, or cancel.
login-wrong = That e-mail address and password do not fit together. Check both and try again.
login-throttled = There were too many failed attempts. Wait { $wait } and then try again.
login-busy = Many people are signing in just now. Wait a few seconds and then try again.
login-onward-title = On to { $title }
login-onward-text = You sign in at { $title }, and come back by yourself.
login-no-way = Nobody can sign in here at the moment. The people who run this service can tell you more.

login-totp-title = Sign in: second step
login-totp-lead = Open your authenticator app and type the code that it shows for { $username }.
login-totp-code = Code of six digits
login-totp-submit = Continue
login-totp-wrong = This code is wrong, too old, or has been used already. Wait for the next one and type that.
login-factor-locked = There were too many wrong codes. Wait { $wait } and then try again.
login-lost = Lost your phone? Use a recovery code

login-recovery-title = Sign in with a recovery code
login-recovery-lead = Type one of the recovery codes that you got when you set up the authenticator app for { $username }.
login-recovery-code = Recovery code
login-recovery-hint = Each code works once. Dashes, blanks and capital letters do not matter.
login-recovery-submit = Continue
login-recovery-wrong = This recovery code is wrong or has been used already. Try another one.
login-recovery-back = Use the authenticator app instead
login-recovery-none = No code left? The people who run this service can reset your second factor.

login-account-title = Choose an account
login-account-present = You are signed in as
login-account-go-on = Go on as { $username }
login-account-other = Use another account

login-linking-title = Link with { $title }
login-linking-text = You are { $there } at { $title }, and { $username } here. Once linked, you sign in here by { $title } as well.
login-linking-yes = Link
login-linking-no = Go on without linking
login-linking-taken = Another account here is linked to that already.
login-linking-note-taken = An account with your address is here already. If it is yours, sign in to it here, this once: then { $title } opens it too.
login-linking-note = Nobody here is linked to { $there } at { $title } yet. Sign in to your account here, this once: then { $title } opens it too.

login-cancelled-title = Sign-in cancelled
login-cancelled-text = You have cancelled, and nothing was changed. You can close this page.
login-cancelled-again = Sign in

login-elsewhere-title = This sign-in was started elsewhere
login-elsewhere-text = It was begun in another browser, or before the cookies of this one were deleted.
login-elsewhere-cookies = It was begun in another browser, or your browser refuses cookies: to sign in here, cookies must be allowed.
login-elsewhere-app = It leads to { $app }.
login-elsewhere-warning = Go on only if you began it yourself. If somebody sent you this link, close this page.
login-elsewhere-go-on = Go on here

consent-title = Allow access
consent-heading = Allow { $app } access?
consent-lead = You are signed in as { $username }. The app would like to:
consent-unverified = Nobody here has checked this app: anyone can register one with any name and picture. Allow it only if you meant to open it.
consent-withdraw = You can withdraw this at any time on your account page.
consent-allow = Allow
consent-deny = Deny

# The page that carries an answer back to the app in a form.
post-title = Back to the app
post-text = You are going back to { $app }. If nothing happens by itself, press the button.

# The page of a link that signs somebody in.
link-title = Sign in to { $app }
link-who = You will be signed in as
link-other = { $username } is signed in in this browser. If you go on, they will be signed out.
link-script = Nothing was done, since a program sent this form. Press the button yourself.
link-sure = I want to sign in
link-go-on = Sign in
link-once = The link works once. If you did not ask for it, close this page.

login-others = Other ways to sign in
login-with = Sign in with { $title }
