//! The targets, a file a dialect.

mod aliyun;
mod answers;
mod easemob;
mod huawei;
mod native;
mod pull;
mod raw;
mod rbm;
mod smpp;
mod sms;
mod topics;

/// All targets by name; each has a folder of the same name in `corpus`.
pub const ALL: &[(&str, fn(&[u8]))] = &[
    ("aliyun", aliyun::fuzz),
    ("answers", answers::fuzz),
    ("easemob", easemob::fuzz),
    ("huawei", huawei::fuzz),
    ("native", native::fuzz),
    ("pull", pull::fuzz),
    ("raw", raw::fuzz),
    ("rbm", rbm::fuzz),
    ("smpp", smpp::fuzz),
    ("sms", sms::fuzz),
    ("topics", topics::fuzz),
];

/// The first byte chooses, the rest is the input.
fn chosen<'a, T: Copy>(choices: &[T], data: &'a [u8]) -> Option<(T, &'a [u8])> {
    let (first, rest) = data.split_first()?;
    Some((choices[usize::from(*first) % choices.len()], rest))
}
