# Abmelden.
logout-title = Abmelden?
logout-ask = Sie sind als { $username } angemeldet. Möchten Sie sich abmelden?
logout-ask-apps = Mit dieser Anmeldung haben Sie die folgenden Apps benutzt. Auch sie werden abgemeldet, soweit sie benachrichtigt werden können:
logout-yes = Abmelden
logout-no = Angemeldet bleiben
logout-nobody = Sie sind hier nicht angemeldet: Es gibt nichts mehr abzumelden.
logout-sign-in = Wieder anmelden

logout-refused-title = Abmeldewunsch einer App
logout-problem-unreadable = Der Abmeldewunsch der App ist nicht lesbar. Sie haben nichts falsch gemacht.
logout-problem-hint = Es lässt sich nicht prüfen, welche Anmeldung der Abmeldewunsch der App meint: Ihr id_token_hint ist zu alt oder stammt nicht von hier. Sie haben nichts falsch gemacht.
logout-problem-client = Es lässt sich nicht prüfen, von welcher App der Abmeldewunsch kommt. Sie haben nichts falsch gemacht.
logout-problem-address = Die App wollte Sie an eine Adresse weiterleiten, die sie nicht angemeldet hat (post_logout_redirect_uri: { $value }). Zu Ihrer Sicherheit werden Sie nicht dorthin geleitet.

logout-done-title = Sie sind abgemeldet
logout-done-text = Wenn Sie dieses Gerät mit anderen teilen, schließen Sie auch den Browser.
logout-told = Diese Apps wurden benachrichtigt und haben Sie abgemeldet:
logout-pending = Diese Apps haben noch nicht geantwortet. Sie werden noch einmal benachrichtigt:
logout-untold = Diese Apps lassen sich nicht benachrichtigen. Dort sind Sie vielleicht noch angemeldet: Melden Sie sich in der App selbst ab.
logout-back = Zurück zu { $app }
logout-framed = Diesen Apps sagt es Ihr Browser. Ob jede Sie abgemeldet hat, weiß nur die App:
logout-framed-answered = hat geantwortet
logout-framed-silent = hat nicht geantwortet
logout-next = Sie werden gleich zu { $app } zurückgebracht.
logout-next-there = Sie werden gleich auch bei { $provider } abgemeldet.
logout-other-person = Die App hat darum gebeten, jemand anderen abzumelden als die Person, die hier angemeldet ist.
