mod authorization_code;
mod certification;
mod client_credentials;
mod client_keys;
mod exchange;
mod id_token;
mod refresh_token;
mod resources;
