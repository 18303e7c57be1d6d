//! Signs what the generated client sends and gives it only what could be verified.
pub mod signed;
pub mod wechatpay;
