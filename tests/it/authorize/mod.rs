mod redirect_uri;
mod strangers;
