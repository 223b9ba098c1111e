mod redirect_uri;
