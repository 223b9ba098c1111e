//! The tables as `migrations/` makes them, in the three types that both databases share.

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        email -> Text,
        email_verified -> Bool,
        name -> Text,
        claims -> Text,
        admin -> Bool,
        disabled_at -> Nullable<BigInt>,
        password_hash -> Text,
        totp_secret -> Nullable<Text>,
        totp_last_step -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> Text,
        digest -> Text,
        created_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    devices (user_id, digest) {
        user_id -> Text,
        digest -> Text,
        used_at -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        metadata -> Text,
        secrets -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    registrations (client_id) {
        client_id -> Text,
        token -> Text,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    initial_access_tokens (digest) {
        digest -> Text,
        name -> Text,
        uses_left -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Text,
        client_id -> Text,
        scopes -> Text,
        claims -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        cookie -> Text,
        user_id -> Text,
        auth_time -> BigInt,
        acr -> Text,
        amr -> Text,
        persistent -> Bool,
        user_agent -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        only_for -> Nullable<Text>,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        code -> Text,
        user_id -> Text,
        client_id -> Text,
        session_id -> Text,
        scopes -> Text,
        auth_time -> BigInt,
        acr -> Text,
        amr -> Text,
        offline -> Bool,
        refresh_generation -> Nullable<BigInt>,
        refresh_digest -> Nullable<Text>,
        refresh_advances -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        details -> Nullable<Text>,
    }
}

diesel::table! {
    assertions (client_id, jti) {
        client_id -> Text,
        jti -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    throttle (bucket) {
        bucket -> Text,
        failures -> BigInt,
        since -> BigInt,
        last -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        sequence -> BigInt,
        sealed_jwk -> Text,
        public_jwk -> Text,
        created_at -> BigInt,
        active_from -> BigInt,
        retiring_from -> Nullable<BigInt>,
        gone_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        sealed -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> Text,
        at -> BigInt,
        kind -> Text,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    logout_notices (session_id, client_id) {
        session_id -> Text,
        client_id -> Text,
        user_id -> Text,
        created_at -> BigInt,
        attempts -> BigInt,
        due_at -> Nullable<BigInt>,
        delivered_at -> Nullable<BigInt>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    device_requests (device_code) {
        device_code -> Text,
        user_code -> Text,
        client_id -> Text,
        scopes -> Text,
        network -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        decided_at -> Nullable<BigInt>,
        allowed -> Nullable<Bool>,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        spent_at -> Nullable<BigInt>,
        resources -> Text,
    }
}

diesel::table! {
    session_data (session_id, client_id) {
        session_id -> Text,
        client_id -> Text,
        version -> Text,
        data -> Text,
    }
}

diesel::table! {
    links (id) {
        id -> Text,
        token -> Text,
        client_id -> Text,
        user_id -> Text,
        purpose -> Text,
        target -> Text,
        data -> Nullable<Text>,
        on_get -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        session_id -> Nullable<Text>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        digest -> Text,
        user_id -> Text,
        name -> Text,
        target -> Text,
        scopes -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    identities (provider, subject) {
        provider -> Text,
        subject -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    entitlements (user_id, kind, held_at, name) {
        user_id -> Text,
        kind -> Text,
        held_at -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    session_apps (session_id, client_id) {
        session_id -> Text,
        client_id -> Text,
    }
}

diesel::table! {
    upkeep (id) {
        id -> BigInt,
        revision -> BigInt,
        probed_at -> BigInt,
    }
}

diesel::table! {
    upstream_sessions (session_id) {
        session_id -> Text,
        connector -> Text,
        subject -> Text,
        sid -> Nullable<Text>,
        sealed_id_token -> Nullable<Text>,
    }
}

diesel::table! {
    connectors (name) {
        name -> Text,
        settings -> Text,
        sealed_secret -> Nullable<Text>,
        sealed_previous -> Nullable<Text>,
        previous_until -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    upstream_tokens (provider, subject) {
        provider -> Text,
        subject -> Text,
        sealed -> Text,
        expires_at -> Nullable<BigInt>,
        lease_until -> BigInt,
    }
}

diesel::joinable!(upstream_sessions -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(upstream_sessions, sessions);
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(grants -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(grants, session_apps, sessions, users);
diesel::allow_tables_to_appear_in_same_query!(registrations, grants);
diesel::allow_tables_to_appear_in_same_query!(registrations, consents);
