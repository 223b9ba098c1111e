# Was jede Seite umgibt.
common-skip = Zum Inhalt springen
common-footer = Mehr zu diesem Dienst
common-help = Hilfe
common-privacy = Datenschutz
common-terms = Nutzungsbedingungen
common-cancel = Abbrechen
common-back = Zurück
common-continue = Weiter
common-save = Speichern
common-reference = Referenz: { $reference }
common-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
 }
common-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
 }

# Was Berechtigungen einer App erlauben, als Punkte einer Liste (Zustimmung, Liste der Apps).
scope-openid = Sie bei der Anmeldung wiedererkennen
scope-profile = Ihren Namen, Ihr Bild und Ihr übriges Profil sehen
scope-email = Ihre E-Mail-Adresse sehen
scope-phone = Ihre Telefonnummer sehen
scope-address = Ihre Postanschrift sehen
scope-offline-access = Diesen Zugriff behalten, auch wenn Sie die App nicht verwenden
scope-groups = Die Gruppen sehen, in denen Sie sind
scope-roles = Sehen, welche Rollen Sie dort haben
scope-permissions = Sehen, was Sie dort dürfen
scope-other = „{ $scope }“ verwenden

# Was einzelne Angaben einer App erlauben, als Einträge derselben Listen.
claim-name = Ihren Namen sehen
claim-family-name = Ihren Nachnamen sehen
claim-given-name = Ihren Vornamen sehen
claim-middle-name = Ihren zweiten Vornamen sehen
claim-nickname = Ihren Spitznamen sehen
claim-preferred-username = Den Namen sehen, mit dem Sie angesprochen werden möchten
claim-profile = Die Adresse Ihrer Profilseite sehen
claim-picture = Ihr Bild sehen
claim-website = Die Adresse Ihrer Website sehen
claim-gender = Ihr Geschlecht sehen
claim-birthdate = Ihr Geburtsdatum sehen
claim-zoneinfo = Ihre Zeitzone sehen
claim-locale = Ihre Sprache und Region sehen
claim-updated-at = Sehen, wann sich Ihr Profil zuletzt geändert hat
claim-email = Ihre E-Mail-Adresse sehen
claim-phone-number = Ihre Telefonnummer sehen
claim-address = Ihre Postanschrift sehen
claim-other = „{ $claim }“ aus Ihrem Profil sehen
common-development = Dieser Server dient Tests: Wer ihn erreicht, kann sich als Testperson anmelden.
