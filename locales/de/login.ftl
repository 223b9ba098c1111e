# Anmelden: Passwort, zweiter Faktor, Konto, Einwilligung.
login-title = Anmelden
login-title-app = Bei { $app } anmelden
login-username = E-Mail-Adresse
login-password = Passwort
login-persistent = Auf diesem Gerät angemeldet bleiben
login-submit = Anmelden
login-cancel-app = Abbrechen und zurück zu { $app }
login-policy = Wie { $app } mit Ihren Daten umgeht
login-terms = Nutzungsbedingungen von { $app }
login-again = Melden Sie sich noch einmal an, um fortzufahren. Sie sind als { $username } angemeldet, aber hierfür ist eine frische Anmeldung nötig.
login-other-person = Sie sind als { $username } angemeldet, aber die App hat nach einer anderen Person gefragt. Melden Sie sich als diese Person an oder brechen Sie ab.
login-wrong = Diese E-Mail-Adresse und dieses Passwort passen nicht zusammen. Prüfen Sie beide und versuchen Sie es noch einmal.
login-throttled = Es gab zu viele Fehlversuche. Warten Sie { $wait } und versuchen Sie es dann noch einmal.
login-busy = Im Moment melden sich viele Menschen an. Warten Sie einige Sekunden und versuchen Sie es dann noch einmal.
login-onward-title = Weiter zu { $title }
login-onward-text = Sie melden sich bei { $title } an und kommen von selbst zurück.
login-no-way = Zur Zeit kann sich hier niemand anmelden. Wer diesen Dienst betreibt, kann Ihnen mehr sagen.

login-totp-title = Anmelden: zweiter Schritt
login-totp-lead = Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie für { $username } anzeigt.
login-totp-code = Code aus sechs Ziffern
login-totp-submit = Weiter
login-totp-wrong = Dieser Code ist falsch, zu alt oder wurde schon verwendet. Warten Sie auf den nächsten und geben Sie diesen ein.
login-factor-locked = Es gab zu viele falsche Codes. Warten Sie { $wait } und versuchen Sie es dann noch einmal.
login-lost = Telefon verloren? Einen Wiederherstellungscode verwenden

login-recovery-title = Mit einem Wiederherstellungscode anmelden
login-recovery-lead = Geben Sie einen der Wiederherstellungscodes ein, die Sie beim Einrichten der Authenticator-App für { $username } erhalten haben.
login-recovery-code = Wiederherstellungscode
login-recovery-hint = Jeder Code gilt einmal. Striche, Leerzeichen und Großbuchstaben spielen keine Rolle.
login-recovery-submit = Weiter
login-recovery-wrong = Dieser Wiederherstellungscode ist falsch oder wurde schon verwendet. Versuchen Sie es mit einem anderen.
login-recovery-back = Stattdessen die Authenticator-App verwenden
login-recovery-none = Kein Code mehr übrig? Die Betreiber dieses Dienstes können Ihren zweiten Faktor zurücksetzen.

login-account-title = Konto wählen
login-account-present = Sie sind angemeldet als
login-account-go-on = Weiter als { $username }
login-account-other = Ein anderes Konto verwenden

login-linking-title = Mit { $title } verknüpfen
login-linking-text = Sie sind bei { $title } { $there } und hier { $username }. Ist beides verknüpft, melden Sie sich hier auch über { $title } an.
login-linking-yes = Verknüpfen
login-linking-no = Ohne Verknüpfung weiter
login-linking-taken = Damit ist schon ein anderes Konto hier verknüpft.
login-linking-note-taken = Hier gibt es schon ein Konto mit Ihrer Adresse. Wenn es Ihres ist, melden Sie sich dieses eine Mal hier an: Danach öffnet es auch { $title }.
login-linking-note = Mit { $there } bei { $title } ist hier noch niemand verknüpft. Melden Sie sich dieses eine Mal bei Ihrem Konto hier an: Danach öffnet es auch { $title }.

login-cancelled-title = Anmeldung abgebrochen
login-cancelled-text = Sie haben abgebrochen, und es wurde nichts geändert. Sie können diese Seite schließen.
login-cancelled-again = Anmelden

login-elsewhere-title = Diese Anmeldung wurde anderswo begonnen
login-elsewhere-text = Sie wurde in einem anderen Browser begonnen, oder bevor die Cookies dieses Browsers gelöscht wurden.
login-elsewhere-cookies = Sie wurde in einem anderen Browser begonnen, oder Ihr Browser lehnt Cookies ab: Um sich hier anzumelden, müssen Cookies erlaubt sein.
login-elsewhere-app = Sie führt zu { $app }.
login-elsewhere-warning = Fahren Sie nur fort, wenn Sie sie selbst begonnen haben. Wenn Ihnen jemand diesen Link geschickt hat, schließen Sie diese Seite.
login-elsewhere-go-on = Hier fortfahren

consent-title = Zugriff erlauben
consent-heading = { $app } den Zugriff erlauben?
consent-lead = Sie sind als { $username } angemeldet. Die App möchte:
consent-unverified = Diese App hat hier niemand geprüft: Jeder kann eine mit beliebigem Namen und Bild anmelden. Erlauben Sie den Zugriff nur, wenn Sie sie selbst öffnen wollten.
consent-withdraw = Sie können dies jederzeit auf Ihrer Kontoseite widerrufen.
consent-allow = Erlauben
consent-deny = Ablehnen

# Die Seite, die eine Antwort in einem Formular zur App zurückträgt.
post-title = Zurück zur App
post-text = Es geht zurück zu { $app }. Wenn nichts von selbst geschieht, drücken Sie den Knopf.

# Die Seite eines Links, der jemanden anmeldet.
link-title = Bei { $app } anmelden
link-who = Sie werden angemeldet als
link-other = In diesem Browser ist { $username } angemeldet. Wenn Sie fortfahren, wird diese Person abgemeldet.
link-script = Es ist nichts geschehen, denn ein Programm hat dieses Formular geschickt. Drücken Sie selbst auf den Knopf.
link-sure = Ich möchte mich anmelden
link-go-on = Anmelden
link-once = Der Link gilt einmal. Wenn Sie ihn nicht angefordert haben, schließen Sie diese Seite.

login-others = Andere Wege, sich anzumelden
login-with = Mit { $title } anmelden
