# Signing out.
