//! A form body or query: whatever it is, it is read or refused.

use hatcheck::http::Params;

/// Feeds it to the parser.
pub fn read(bytes: &[u8]) {
    if let Ok((_, doubled)) = Params::parse_noting_doubled(bytes) {
        // Who takes no doubled parameter refuses exactly these
        assert_eq!(Params::parse(bytes).is_ok(), doubled.is_empty());
    }
}
