# Die Seiten der angemeldeten Person.
account-menu = Ihr Konto
account-title = Ihr Konto
account-overview = Übersicht
account-signed-in-as = Sie sind als { $email } angemeldet.
account-on = ein
account-off = aus
account-sign-out = Abmelden
account-wait = Es gab zu viele Fehlversuche. Warten Sie { $wait } und versuchen Sie es dann noch einmal.

account-name = Name
account-name-title = Namen ändern
account-name-lead = Apps, die Ihr Profil sehen dürfen, zeigen diesen Namen.
account-name-wrong = Ein Name hat 1 bis 200 Zeichen, die alle sichtbar sind.
account-name-done = Ihr Name wurde geändert.

account-password = Passwort
account-password-elsewhere = Ihr Passwort wird im Verzeichnis Ihrer Organisation verwaltet und dort geändert. Wer diesen Dienst betreibt, kann Ihnen sagen, wie.
account-password-about = Das Passwort ändern, mit dem Sie sich anmelden
account-password-title = Passwort ändern
account-password-lead = Geben Sie zuerst Ihr jetziges Passwort ein, damit niemand anderes das für Sie tun kann.
account-password-old = Jetziges Passwort
account-password-new = Neues Passwort
account-password-again = Neues Passwort wiederholen
account-password-rules = Mindestens 8 beliebige Zeichen. Länger ist besser: Gut sind einige Wörter, die nicht zusammengehören. Leerzeichen sind erlaubt, bestimmte Zeichen sind nicht vorgeschrieben.
account-password-others = Hier bleiben Sie angemeldet. Alle Ihre anderen Browser werden abgemeldet, und Apps müssen Sie erneut um Anmeldung bitten.
account-password-change = Passwort ändern
account-password-wrong = Das ist nicht Ihr jetziges Passwort.
account-password-short = Dieses Passwort ist zu kurz: Es muss mindestens 8 Zeichen haben.
account-password-long = Dieses Passwort ist zu lang: Es darf höchstens 1.024 Bytes haben.
account-password-common = Dieses Passwort gehört zu den ersten, die jemand ausprobieren würde. Wählen Sie ein längeres oder selteneres, ohne Ihren Namen oder Ihre Adresse darin.
account-password-different = Die beiden neuen Passwörter sind nicht gleich. Geben Sie das neue noch einmal ein.
account-password-done = Ihr Passwort wurde geändert. Ihre anderen Browser wurden abgemeldet.

account-factor = Zweiter Faktor
account-factor-about = Codes vom Telefon einschalten, damit ein gestohlenes Passwort nicht genügt
account-factor-lead = Bei der Anmeldung geben Sie Ihr Passwort ein und danach einen Code aus Ihrer Authenticator-App.
account-factor-done-on = Der zweite Faktor ist eingeschaltet. Ab jetzt melden Sie sich mit Passwort und Code an. Ihre anderen Browser wurden abgemeldet.
account-factor-done-off = Der zweite Faktor ist ausgeschaltet. Ab jetzt genügt Ihr Passwort. Ihre anderen Browser wurden abgemeldet.
account-factor-done-codes = Ab jetzt gelten Ihre neuen Wiederherstellungscodes und die alten nicht mehr.
account-factor-switch-on = Zweiten Faktor einschalten
account-factor-switch-off = Zweiten Faktor ausschalten
account-factor-off-title = Ausschalten
account-factor-off-about = Ohne ihn ist Ihr Konto weniger sicher. Wenn Sie ein neues Telefon haben, schalten Sie ihn aus und wieder ein. Ihre anderen Browser werden abgemeldet.
account-factor-wrong = Dieser Code ist falsch oder wurde schon verwendet. Warten Sie auf den nächsten und versuchen Sie es noch einmal.
account-code = Code
account-code-or-recovery = Code aus der App oder ein Wiederherstellungscode

account-enrol-title = Zweiten Faktor einschalten
account-enrol-lead = Mit einem zweiten Faktor öffnet ein gestohlenes Passwort allein nichts. Es dauert zwei Minuten.
account-enrol-app = Öffnen Sie eine Authenticator-App auf Ihrem Telefon. Jede ist geeignet; auch viele Passwortmanager haben eine.
account-enrol-scan = Scannen Sie dieses Bild mit der App.
account-enrol-no-camera = Sie können es nicht scannen?
account-enrol-type = Geben Sie dieses Geheimnis in die App ein, als zeitbasierten Code mit sechs Ziffern. Leerzeichen spielen keine Rolle.
account-enrol-open = Die App auf diesem Gerät öffnen
account-enrol-code = Geben Sie die sechs Ziffern ein, die die App jetzt zeigt.
account-enrol-wrong = Dieser Code passt nicht. Prüfen Sie, ob die Uhr Ihres Telefons richtig geht, warten Sie auf den nächsten Code und versuchen Sie es noch einmal.

account-codes = Wiederherstellungscodes
account-codes-left = { $count ->
    [0] Sie haben keinen Wiederherstellungscode mehr.
    [one] Sie haben noch { $count } Wiederherstellungscode.
   *[other] Sie haben noch { $count } Wiederherstellungscodes.
 }
account-codes-about = Jeder öffnet Ihr Konto einmal, anstelle eines Codes von Ihrem Telefon.
account-codes-new = Neue Wiederherstellungscodes erstellen
account-codes-title = Wiederherstellungscodes sichern
account-codes-lead = Wenn Sie Ihr Telefon verlieren, können Sie sich mit jedem dieser Codes einmal anmelden. Schreiben Sie sie auf oder drucken Sie sie aus, und bewahren Sie sie getrennt vom Telefon auf. Sie werden nur jetzt angezeigt.
account-codes-last-step = Das ist der letzte Schritt: Der zweite Faktor ist eingeschaltet, sobald Sie die Codes gesichert haben.
account-codes-replace = Sobald Sie diese Codes gesichert haben, gelten die alten nicht mehr.
account-codes-saved = Ich habe diese Codes gesichert
account-codes-not-saved = Setzen Sie das Häkchen, wenn Sie die Codes gesichert haben. Ohne sie würde ein verlorenes Telefon Sie aussperren.
account-codes-use = Diese Codes verwenden

account-sessions = Sitzungen
account-sessions-about = Sehen, wo Sie angemeldet sind, und sich dort abmelden
account-sessions-lead = In diesen Browsern sind Sie angemeldet. Wenn Sie einen davon nicht kennen, melden Sie ihn ab und ändern Sie Ihr Passwort.
account-sessions-done = Abgemeldet.
account-this-browser = dieser Browser
account-session-times = Angemeldet { $began }, zuletzt gesehen { $seen }
account-sign-out-of = { $browser } abmelden
account-sign-out-others = Alle anderen Browser abmelden
account-browser-on = { $browser } auf { $system }
account-browser-unknown = Ein Browser, der nicht sagt, was er ist

account-apps = Apps
account-apps-about = Sehen, was Sie Apps erlaubt haben, und es widerrufen
account-apps-none = Sie haben noch keiner App erlaubt, Ihr Konto zu verwenden.
account-apps-lead = Diese Apps dürfen Ihr Konto verwenden. Wenn Sie das widerrufen, verliert eine App sofort, was sie bekommen hat, und fragt Sie beim nächsten Mal erneut.
account-apps-done = Widerrufen. Die App hat ihren Zugriff verloren.
account-app-since = Erlaubt { $since }
account-app-withdraw = Widerrufen
account-app-withdraw-of = Widerrufen, was { $app } erlaubt ist

account-just-now = gerade eben
account-minutes-ago = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
 }
account-hours-ago = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
 }
account-days-ago = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
 }
account-on-date = am { $date }
account-date = { $day }. { $month } { $year }
account-month-01 = Januar
account-month-02 = Februar
account-month-03 = März
account-month-04 = April
account-month-05 = Mai
account-month-06 = Juni
account-month-07 = Juli
account-month-08 = August
account-month-09 = September
account-month-10 = Oktober
account-month-11 = November
account-month-12 = Dezember

account-tokens = Token
account-tokens-about = Token für Kommandozeilen und Skripte erstellen und löschen
account-tokens-lead = Mit einem Token verwendet eine Kommandozeile oder ein Skript eine App in Ihrem Namen, ohne Ihr Passwort. Wer es hat, kann alles, was es erlaubt: Erstellen Sie für jeden Zweck ein eigenes, und löschen Sie es, wenn Sie es nicht mehr brauchen.
account-tokens-none = Sie haben noch kein Token erstellt.
account-tokens-done = Gelöscht. Niemand kann das Token mehr verwenden.
account-token-over = abgelaufen
account-token-for = Für { $target }
account-token-made = Erstellt { $made }, gültig bis { $until }
account-token-used = Zuletzt verwendet { $used }
account-token-unused = Noch nie verwendet
account-token-delete = Löschen
account-token-delete-of = Das Token { $name } löschen
account-token-new = Neues Token
account-token-which = Wofür ist es?
account-token-name = Name, an dem Sie es wiedererkennen
account-token-nameless = Bitte geben Sie dem Token einen Namen, zum Beispiel den des Skripts, das es verwendet.
account-token-too-many = Sie haben 100 Token, mehr sind nicht möglich. Bitte löschen Sie eines, das Sie nicht brauchen.
account-token-may = Wofür es verwendet werden darf
account-token-life = Wie lange es gültig ist
account-token-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
account-token-make = Token erstellen
account-token-shown-once = Das ist Ihr neues Token. Kopieren Sie es jetzt: Es wird nur einmal gezeigt. Es ist gültig bis { $until }.
account-token-keep = Bewahren Sie es wie ein Passwort auf. Es gehört nicht in Code, Chats oder E-Mails.
account-token-back = Ich habe es kopiert

account-providers = Anbieter
account-providers-about = Über einen anderen Anbieter anmelden oder das beenden
account-providers-lead = Mit einem verbundenen Anbieter melden Sie sich ohne Passwort an diesem Konto an.
account-providers-link = { $title } verbinden
account-providers-unlink = Trennen
account-providers-unlink-of = { $title } trennen
account-providers-asked = Bei { $title } sind Sie { $shown }. Wer sich dort als diese Person anmeldet, kommt in dieses Konto. Sind Sie das?
account-providers-yes = Ja, verbinden
account-providers-linked = Verbunden. Ab jetzt können Sie sich über diesen Anbieter anmelden.
account-providers-gone = Nicht mehr verbunden. Über diesen Anbieter kommt niemand mehr hinein.
account-providers-taken = Diese Person des Anbieters ist hier mit einem anderen Konto verbunden.
account-providers-last = Das ist der einzige Weg in Ihr Konto: Ohne ihn könnten Sie sich nicht mehr anmelden.
