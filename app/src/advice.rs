//! What a person can do about an error, beside the sentence that says what happened.

/// An error with advice. The sentence itself is its `Display`.
pub trait Advice: std::error::Error {
    /// Things to try, the likeliest first: half sentences that follow "try: ".
    fn advice(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether nothing was begun, because it would have destroyed something or could not have run.
    fn is_refusal(&self) -> bool {
        false
    }
}
