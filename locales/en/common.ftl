# What surrounds every page.
common-skip = Skip to the content
common-footer = More about this service
common-help = Help
common-privacy = Privacy
common-terms = Terms
common-cancel = Cancel
common-back = Back
common-continue = Continue
common-save = Save
common-reference = Reference: { $reference }
common-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
 }
common-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
