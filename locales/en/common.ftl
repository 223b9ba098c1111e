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
scope-groups = See the groups that you are in
scope-roles = See which roles you have there
scope-permissions = See what you are allowed to do there
scope-other = Use “{ $scope }”

# What single claims let an app do, as entries of the same lists.
claim-name = See your name
claim-family-name = See your family name
claim-given-name = See your given name
claim-middle-name = See your middle name
claim-nickname = See your nickname
claim-preferred-username = See the name that you like to be called by
claim-profile = See the address of your profile page
claim-picture = See your picture
claim-website = See the address of your website
claim-gender = See your gender
claim-birthdate = See your date of birth
claim-zoneinfo = See your time zone
claim-locale = See your language and region
claim-updated-at = See when your profile last changed
claim-email = See your e-mail address
claim-phone-number = See your phone number
claim-address = See your postal address
claim-other = See “{ $claim }” of your profile
common-development = This server is for tests: anybody who reaches it can sign in as a test person.
