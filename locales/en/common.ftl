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

# What scopes let an app do, as entries of a list (consent page, list of apps).
scope-openid = Know you again when you sign in
scope-profile = See your name, picture and the rest of your profile
scope-email = See your e-mail address
scope-phone = See your phone number
scope-address = See your postal address
scope-offline-access = Keep this access while you are not using the app
scope-other = Use “{ $scope }”
