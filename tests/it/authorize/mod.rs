mod claims;
mod demands;
mod form_post;
mod hybrid;
mod languages;
mod redirect_uri;
mod request_objects;
mod responses;
pub mod strangers;
