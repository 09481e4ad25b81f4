//! What is stored as an encoded message, beside the messages of the contract. Fields are only ever added.

use contract::survey::v1::Answer;

/// The answers of a response that are not personal.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AnswersBody {
    #[prost(message, repeated, tag = "1")]
    pub(crate) answers: Vec<Answer>,
}

/// Who holds a number. Personal: only ever stored sealed.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HolderBody {
    /// Six digits.
    #[prost(string, tag = "1")]
    pub(crate) number: String,
    #[prost(string, optional, tag = "2")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) kana: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) email: Option<String>,
    /// How the person is known besides.
    #[prost(message, repeated, tag = "5")]
    pub(crate) others: Vec<KnownBody>,
}

/// As [`crate::domain::holder::Known`].
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct KnownBody {
    #[prost(string, tag = "1")]
    pub(crate) by: String,
    #[prost(string, tag = "2")]
    pub(crate) number: String,
    #[prost(string, optional, tag = "3")]
    pub(crate) subject: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) kana: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(crate) email: Option<String>,
}

/// Who a recipient is. Personal: only ever stored sealed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct RecipientBody {
    /// Six digits; empty when not known, as the next.
    #[prost(string, tag = "1")]
    pub(crate) number: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) email: String,
}

/// Answers on their way, as they were given. Only ever stored sealed.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DraftBody {
    #[prost(message, repeated, tag = "1")]
    pub(crate) answers: Vec<Answer>,
}
