//! Algorithms of what clients sign, and of what is encrypted for them: RFC 7518, RFC 8037.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Algorithm;

/// An enum of registered names, each spelled in exactly one way.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $count:literal { $($(#[$each:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every one, in the order that metadata lists them.
            pub const ALL: [Self; $count] = [$(Self::$variant,)+];

            /// The name as it is registered.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The one with this name, in this very spelling.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|each| each.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// An algorithm that signs with the client's secret.
    HmacAlgorithm, 3 {
        /// HMAC with SHA-256.
        HS256 = "HS256",
        /// HMAC with SHA-384.
        HS384 = "HS384",
        /// HMAC with SHA-512.
        HS512 = "HS512",
    }
}

names! {
    /// How the key of an encryption is agreed on, with a public key of whom it is for (no `RSA1_5`: RFC 8725 section 3.2).
    KeyEncryption, 8 {
        /// RSAES OAEP with SHA-1.
        RsaOaep = "RSA-OAEP",
        /// RSAES OAEP with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// RSAES OAEP with SHA-384.
        RsaOaep384 = "RSA-OAEP-384",
        /// RSAES OAEP with SHA-512.
        RsaOaep512 = "RSA-OAEP-512",
        /// Elliptic curve Diffie-Hellman, direct.
        EcdhEs = "ECDH-ES",
        /// The same, wrapping a key of 128 bits.
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// The same, wrapping a key of 192 bits.
        EcdhEsA192Kw = "ECDH-ES+A192KW",
        /// The same, wrapping a key of 256 bits.
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

names! {
    /// How the content of an encryption is encrypted.
    ContentEncryption, 6 {
        /// AES-128 in CBC mode with HMAC: the default.
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-192 in CBC mode with HMAC.
        A192CbcHs384 = "A192CBC-HS384",
        /// AES-256 in CBC mode with HMAC.
        A256CbcHs512 = "A256CBC-HS512",
        /// AES-128 in GCM.
        A128Gcm = "A128GCM",
        /// AES-192 in GCM.
        A192Gcm = "A192GCM",
        /// AES-256 in GCM.
        A256Gcm = "A256GCM",
    }
}

impl KeyEncryption {
    /// Those that our own keys are for: what request objects may come with.
    pub const TO_US: [Self; 5] = [
        Self::RsaOaep256,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
    ];
}

impl ContentEncryption {
    /// The length of its key, in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }
}

/// `…_encrypted_response_alg` with its `…_enc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// How the key is agreed on.
    pub alg: KeyEncryption,
    /// How the content is encrypted.
    pub enc: ContentEncryption,
}

/// What a client assertion is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAlgorithm {
    /// The client's key.
    Key(Algorithm),
    /// Its secret.
    Secret(HmacAlgorithm),
}

impl AssertionAlgorithm {
    /// Every one, in the order that metadata lists them.
    pub fn all() -> Vec<Self> {
        let keys = Algorithm::ALL.into_iter().map(Self::Key);
        keys.chain(HmacAlgorithm::ALL.into_iter().map(Self::Secret)).collect()
    }

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key(algorithm) => algorithm.as_str(),
            Self::Secret(algorithm) => algorithm.as_str(),
        }
    }
}

impl Serialize for AssertionAlgorithm {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
