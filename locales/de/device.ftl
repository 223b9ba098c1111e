# Anmelden auf einem Gerät ohne Browser.
device-title = Gerät verbinden
device-lead = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Code
device-hint = Zehn Buchstaben. Groß und klein und der Strich sind gleichgültig.
device-signed-in = Sie sind als { $username } angemeldet.
device-warning = Fahren Sie nur fort, wenn das Gerät vor Ihnen steht und Sie dort selbst begonnen haben. Wer Ihnen einen Code oder Link schickt, will in Ihr Konto.
device-unknown = Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit dem auf Ihrem Gerät und versuchen Sie es noch einmal.
device-over = Dieser Code wurde schon benutzt oder ist zu alt. Lassen Sie sich von Ihrem Gerät einen neuen zeigen.
device-wait = Es gab zu viele falsche Codes. Warten Sie { $wait } und versuchen Sie es dann noch einmal.

device-heading = { $app } auf einem Gerät verbinden?
device-typed = Ein Gerät wartet mit dem Code, den Sie eingegeben haben.
device-compare = Dieser Code kam mit dem Link. Vergleichen Sie: Zeigt Ihr Gerät genau denselben?
device-asked = Angefragt
device-asked-ago = vor { $time }
device-from = Von
device-from-here = dem Netz, das Sie gerade benutzen
device-from-elsewhere = einem anderen Netz als dem, das Sie gerade benutzen

device-allowed = Ihr Gerät ist verbunden
device-allowed-text = Sie können diese Seite schließen und am Gerät weitermachen. Es kann ein paar Sekunden dauern.
device-denied = Das Gerät wurde nicht verbunden
device-denied-text = Es erhält keinen Zugriff. Sie können diese Seite schließen.
device-apps = Sehen, was Apps erlaubt ist
