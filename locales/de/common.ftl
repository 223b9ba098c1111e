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
