# Fehlerseiten: ein Titel, was geschehen ist und woran es vermutlich liegt, und was zu tun ist.
error-to-app = Zurück zur App
error-to-account = Zu Ihrem Konto
error-to-start = Von vorn beginnen
error-reference-note = Wenn Sie um Hilfe bitten, nennen Sie diese Referenz: Die Betreiber dieses Dienstes können sie nachschlagen.

error-request-title = Ungültige Anfrage
error-request-text = Die App, von der Sie kommen, hat etwas verlangt, das nicht möglich ist.
error-request-value = { $value }
error-request-hint = Sie haben nichts falsch gemacht. Gehen Sie zurück zur App und versuchen Sie es noch einmal. Wenn es wieder geschieht, wenden Sie sich an die Betreiber der App und nennen Sie die Referenz unten.

error-client-title = Ungültige Anfrage
error-client-text = Die App, von der Sie kommen, ist diesem Dienst nicht bekannt: ihr Name hier (client_id) fehlt oder ist falsch.
error-client-value = client_id: { $value }
error-client-hint = Sie haben nichts falsch gemacht. Die App muss hier erst registriert werden oder verwendet eine falsche client_id. Wenden Sie sich an die Betreiber der App und nennen Sie die Referenz unten.

error-redirect-uri-title = Ungültige Anfrage
error-redirect-uri-text = Die App hat keine Adresse (redirect_uri) genannt, die sie für Ihre Weiterleitung registriert hat. Zu Ihrer Sicherheit wurden Sie nicht weitergeleitet.
error-redirect-uri-value = redirect_uri: { $value }
error-redirect-uri-hint = Sie haben nichts falsch gemacht. Die Betreiber der App müssen genau die redirect_uri registrieren, die sie verwendet. Wenden Sie sich an sie und nennen Sie die Referenz unten.

error-parameter-title = Ungültige Anfrage
error-parameter-text = Die Anfrage der App ist nicht in Ordnung.
error-parameter-value = { $value }
error-parameter-hint = Sie haben nichts falsch gemacht. Gehen Sie zurück zur App und versuchen Sie es noch einmal. Wenn es wieder geschieht, wenden Sie sich an die Betreiber der App und nennen Sie die Referenz unten.

error-form-title = Dieses Formular wurde nicht angenommen
error-form-text = Ungültige Anfrage: Das Formular gehört nicht zu der Seite, die in diesem Browser geöffnet ist. Vielleicht haben Sie sich in einem anderen Tab an- oder abgemeldet, der Browser lehnt Cookies ab, oder eine andere Website hat versucht, das Formular in Ihrem Namen zu senden. Es wurde nichts geändert.
error-form-hint = Öffnen Sie die Seite erneut und wiederholen Sie, was Sie tun wollten.

error-damaged-title = Dieser Link ist beschädigt
error-damaged-text = Ungültige Anfrage: Der Link zu dieser Anmeldung ist unvollständig oder wurde unterwegs verändert.
error-damaged-hint = Gehen Sie zurück zur App und melden Sie sich von dort aus an.

error-expired-title = Diese Anmeldung wurde vor zu langer Zeit begonnen
error-expired-text = Ungültige Anfrage: Eine Anmeldung muss innerhalb einer Woche abgeschlossen werden, und diese ist älter.
error-expired-hint = Gehen Sie zurück zur App und melden Sie sich von dort aus an.

error-other-browser-title = Diese Anmeldung wurde in einem anderen Browser begonnen
error-other-browser-text = Ungültige Anfrage: Zu Ihrer Sicherheit kann eine Anmeldung nur in dem Browser abgeschlossen werden, in dem sie begonnen wurde.
error-other-browser-hint = Machen Sie im anderen Browser weiter, oder gehen Sie in diesem zurück zur App und melden Sie sich von dort aus an.

error-cookies-title = Ihr Browser lehnt Cookies ab
error-cookies-text = Ungültige Anfrage: Dieser Dienst braucht ein Cookie, um Ihren Browser wiederzuerkennen, und Ihr Browser hat keines gesendet.
error-cookies-hint = Erlauben Sie Cookies für diese Website und melden Sie sich dann von der App aus erneut an.

error-throttled-title = Bitte warten Sie einen Moment
error-throttled-text = Es gab in kurzer Zeit zu viele Fehlversuche, deshalb bremst dieser Dienst sie.
error-throttled-hint = Warten Sie { $value } und versuchen Sie es dann noch einmal.

error-busy-title = Dieser Dienst ist ausgelastet
error-busy-text = Der Fehler liegt bei uns: Der Dienst hat gerade zu viel zu tun, oder seine Datenbank antwortet nicht. Es ist nichts verloren gegangen.
error-busy-hint = Warten Sie einige Sekunden und laden Sie die Seite dann neu.

error-server-title = Bei uns ist etwas schiefgegangen
error-server-text = Weder Sie noch die App haben etwas falsch gemacht: Dieser Dienst hat versagt.
error-server-hint = Versuchen Sie es in einigen Minuten noch einmal. Wenn es wieder geschieht, wenden Sie sich an die Betreiber dieses Dienstes und nennen Sie die Referenz unten.

error-not-found-title = Diese Seite gibt es nicht
error-not-found-text = Ungültige Anfrage: Unter dieser Adresse ist nichts zu finden. Der Link ist vielleicht alt oder falsch geschrieben.
error-not-found-hint = Von Ihrer Kontoseite aus erreichen Sie alles, was es gibt.

error-method-title = So lässt sich diese Seite nicht öffnen
error-method-text = Ungültige Anfrage: Diese Adresse nimmt ein Formular entgegen und lässt sich nicht als Link öffnen.
error-method-hint = Öffnen Sie die Seite mit dem Formular und senden Sie es von dort.

error-link-title = Dieser Link gilt nicht mehr
error-link-text = Ungültige Anfrage: Ein solcher Link gilt einmal und für kurze Zeit, und dieser wurde benutzt, zurückgezogen oder ist zu alt.
error-link-hint = Gehen Sie zur App und fordern Sie einen neuen Link an, oder melden Sie sich dort an.

error-upstream-title = Die Anmeldung dort hat nicht funktioniert
error-upstream-text = Sie wurden nicht angemeldet, weil die Antwort von { $value } nicht in Ordnung war.
error-upstream-hint = Bitte versuchen Sie es noch einmal, oder melden Sie sich auf anderem Weg an. Wenn es wieder geschieht, nennen Sie den Betreibern dieses Dienstes das Zeichen unten.

error-upstream-away-title = { $value } antwortet nicht
error-upstream-away-text = Sie haben nichts falsch gemacht: { $value } ist gerade nicht erreichbar.
error-upstream-away-hint = Bitte versuchen Sie es gleich noch einmal, oder melden Sie sich auf anderem Weg an.

error-upstream-unknown-title = Niemand wurde angemeldet
error-upstream-unknown-text = Diese Antwort von { $value } gehört zu keiner Anmeldung, die in diesem Browser begonnen wurde, oder sie wurde schon verwendet.
error-upstream-unknown-hint = Bitte melden Sie sich von der App oder von Ihrem Konto aus noch einmal an.

error-upstream-taken-title = Ein Konto mit Ihrer Adresse gibt es schon
error-upstream-taken-text = Ein Konto mit der Adresse, unter der { $value } Sie kennt, gibt es hier schon, und es ist nicht mit { $value } verbunden. Zu Ihrer Sicherheit wird sonst niemand hineingelassen.
error-upstream-taken-hint = Melden Sie sich hier so an wie bisher. Wenn das nicht geht, nennen Sie den Betreibern dieses Dienstes das Zeichen unten.

error-upstream-nobody-title = Sie haben hier kein Konto
error-upstream-nobody-text = Bei { $value } sind Sie angemeldet, aber ein Konto hier hat Ihnen noch niemand gegeben.
error-upstream-nobody-hint = Bitten Sie die Betreiber dieses Dienstes darum.
