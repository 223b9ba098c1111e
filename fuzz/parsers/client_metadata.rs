//! Client metadata (RFC 7591 section 2): what is taken is shown, and what is shown is taken.

use hatcheck::model::client::Metadata;
use serde_json::Value;

/// Feeds it to the parser.
pub fn read(bytes: &[u8]) {
    let Ok(Value::Object(members)) = serde_json::from_slice(bytes) else { return };
    if let Ok(metadata) = Metadata::from_json(members) {
        let again = Metadata::from_json(metadata.to_json()).expect("what is shown is taken");
        assert_eq!(again, metadata);
    }
}
