mod authorization_code;
mod id_token;
mod refresh_token;
