# The pages of the signed-in person.
account-menu = Your account
account-title = Your account
account-overview = Overview
account-signed-in-as = You are signed in as { $email }.
account-on = on
account-off = off
account-sign-out = Sign out
account-wait = There were too many failed attempts. Wait { $wait } and then try again.

account-name = Name
account-name-title = Change your name
account-name-lead = Apps that may see your profile show this name.
account-name-wrong = A name has 1 to 200 characters, all of them visible.
account-name-done = Your name was changed.

account-password = Password
account-password-elsewhere = Your password is kept in your organisation’s directory, and is changed there. The people who run this service can tell you how.
account-password-about = Change the password that you sign in with
account-password-title = Change your password
account-password-lead = Enter your present password first, so that nobody else can do this for you.
account-password-old = Present password
account-password-new = New password
account-password-again = New password again
account-password-rules = At least 8 characters of any kind. Longer is better: a few words that do not belong together are good. It may hold blanks, and no kind of character is required.
account-password-others = You stay signed in here. All your other browsers are signed out, and apps have to ask you to sign in again.
account-password-change = Change password
account-password-wrong = That is not your present password.
account-password-short = This password is too short: it has to have at least 8 characters.
account-password-long = This password is too long: it may have at most 1,024 bytes.
account-password-common = This password is among the first that somebody would try. Choose a longer or rarer one, without your name or address in it.
account-password-different = The two new passwords are not the same. Enter the new one again.
account-password-done = Your password was changed. Your other browsers were signed out.

account-factor = Second factor
account-factor-about = Switch on codes from your phone, so that a stolen password is not enough
account-factor-lead = When you sign in, you enter your password and then a code from your authenticator app.
account-factor-done-on = The second factor is on. From now on you sign in with your password and a code. Your other browsers were signed out.
account-factor-done-off = The second factor is off. From now on your password alone is enough. Your other browsers were signed out.
account-factor-done-codes = Your new recovery codes hold from now on, and the old ones no longer do.
account-factor-switch-on = Switch on the second factor
account-factor-switch-off = Switch off the second factor
account-factor-off-title = Switch it off
account-factor-off-about = Your account is less safe without it. If you have a new phone, switch it off and on again. Your other browsers are signed out.
account-factor-wrong = This code is wrong, or it was used before. Wait for the next one and try again.
account-code = Code
account-code-or-recovery = Code from the app, or a recovery code

account-enrol-title = Switch on the second factor
account-enrol-lead = With a second factor, a stolen password alone opens nothing. It takes two minutes.
account-enrol-app = Open an authenticator app on your phone. Any will do; many password managers have one too.
account-enrol-scan = Scan this picture with the app.
account-enrol-no-camera = You can’t scan it?
account-enrol-type = Type this secret into the app, as a time-based code with six digits. Blanks do not matter.
account-enrol-open = Open the app on this device
account-enrol-code = Enter the six digits that the app shows now.
account-enrol-wrong = This code does not fit. Check that the clock of your phone is right, wait for the next code, and try again.

account-codes = Recovery codes
account-codes-left = { $count ->
    [0] You have no recovery code left.
    [one] You have { $count } recovery code left.
   *[other] You have { $count } recovery codes left.
 }
account-codes-about = Each opens your account once, in place of a code from your phone.
account-codes-new = Make new recovery codes
account-codes-title = Save your recovery codes
account-codes-lead = If you lose your phone, each of these codes lets you in once. Write them down or print them, and keep them apart from your phone. They are shown only now.
account-codes-last-step = This is the last step: the second factor is on once you have saved the codes.
account-codes-replace = Once you have saved these codes, the old ones no longer hold.
account-codes-saved = I have saved these codes
account-codes-not-saved = Tick the box when you have saved the codes. Without them a lost phone would lock you out.
account-codes-use = Use these codes

account-sessions = Sessions
account-sessions-about = See where you are signed in, and sign out there
account-sessions-lead = You are signed in in these browsers. If you do not know one of them, sign it out and change your password.
account-sessions-done = Signed out.
account-this-browser = this browser
account-session-times = Signed in { $began }, last seen { $seen }
account-sign-out-of = Sign out { $browser }
account-sign-out-others = Sign out all other browsers
account-browser-on = { $browser } on { $system }
account-browser-unknown = A browser that does not say what it is

account-apps = Apps
account-apps-about = See what you have allowed apps, and take it back
account-apps-none = You have not allowed any app to use your account.
account-apps-lead = These apps may use your account. When you withdraw it, an app loses what it was given at once, and asks you again the next time.
account-apps-done = Withdrawn. The app has lost its access.
account-app-since = Allowed { $since }
account-app-withdraw = Withdraw
account-app-withdraw-of = Withdraw what { $app } is allowed

account-just-now = just now
account-minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
 }
account-hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
 }
account-days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
 }
account-on-date = on { $date }
account-date = { $day } { $month } { $year }
account-month-01 = January
account-month-02 = February
account-month-03 = March
account-month-04 = April
account-month-05 = May
account-month-06 = June
account-month-07 = July
account-month-08 = August
account-month-09 = September
account-month-10 = October
account-month-11 = November
account-month-12 = December

account-tokens = Tokens
account-tokens-about = Make tokens for command lines and scripts, and delete them
account-tokens-lead = With a token a command line or a script uses an app in your name, without your password. Whoever has it can do what it allows, so make one for each use, and delete it when you do not need it any more.
account-tokens-none = You have not made any token.
account-tokens-done = Deleted. Nobody can use the token any more.
account-token-over = expired
account-token-for = For { $target }
account-token-made = Made { $made }, good until { $until }
account-token-used = Last used { $used }
account-token-unused = Never used
account-token-delete = Delete
account-token-delete-of = Delete the token { $name }
account-token-new = New token
account-token-which = What is it for?
account-token-name = Name, so that you know it again
account-token-nameless = Please give the token a name, such as the script that will use it.
account-token-too-many = You have 100 tokens, which is the most. Please delete one that you do not need.
account-token-may = What it may be used for
account-token-life = How long it is good
account-token-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
account-token-make = Make the token
account-token-shown-once = This is your new token. Copy it now: it is shown only once. It is good until { $until }.
account-token-keep = Keep it like a password. It does not belong into code, chats or mails.
account-token-back = I have copied it

account-providers = Providers
account-providers-about = Sign in by another provider, or stop doing so
account-providers-lead = With a provider that is linked you sign in to this account without its password.
account-providers-link = Link { $title }
account-providers-unlink = Unlink
account-providers-unlink-of = Unlink { $title }
account-providers-asked = You are { $shown } at { $title }. Whoever signs in there as that person gets into this account. Is that you?
account-providers-yes = Yes, link them
account-providers-linked = Linked. From now on you can sign in by this provider.
account-providers-gone = No longer linked. Nobody gets in by this provider any more.
account-providers-taken = That person of the provider is linked to another account here.
account-providers-last = This is the only way into your account: without it you could not sign in any more.
