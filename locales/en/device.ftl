# Signing in on a device without a browser.
device-title = Connect a device
device-lead = Type the code that your device shows.
device-code = Code
device-hint = Ten letters. Capitals and the dash do not matter.
device-signed-in = You are signed in as { $username }.
device-warning = Go on only with a device in front of you, on which you began this yourself. Whoever sends you a code or a link wants into your account.
device-unknown = No device waits with this code. Compare it with the one on your device and try again.
device-over = This code was used already or is too old. Let your device show a new one.
device-wait = There were too many wrong codes. Wait { $wait } and then try again.

device-heading = Connect { $app } on a device?
device-typed = A device waits with the code that you typed.
device-compare = This code came with the link. Compare it: does your device show the very same one?
device-asked = Asked
device-asked-ago = { $time } ago
device-from = From
device-from-here = the network that you are using now
device-from-elsewhere = another network than the one that you are using now

device-allowed = Your device is connected
device-allowed-text = You can close this page and go on with your device. It may take a few seconds.
device-denied = The device was not connected
device-denied-text = It gets no access. You can close this page.
device-apps = See what apps are allowed
