mod claims;
mod form_post;
mod languages;
mod redirect_uri;
mod strangers;
