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
scope-other = „{ $scope }“ verwenden
