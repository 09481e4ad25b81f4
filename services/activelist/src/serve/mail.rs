//! How notices are sent by mail: the settings, and the file of addresses.

use crate::args::Mail;
use crate::failure::Failure;
use crate::text;

/// The settings, read; nothing when nothing is sent.
pub(super) fn settings(args: &Mail) -> Result<Option<notices::MailConfig>, Failure> {
    let Some(smtp) = &args.smtp else { return Ok(None) };
    let from = args.mail_from.clone().unwrap_or_default();
    let mut config = notices::MailConfig { portal: args.portal.clone(), ..notices::MailConfig::new(smtp, from) };
    if let Some(file) = &args.mail_addresses {
        let name = file.display().to_string();
        let refuse = |error: String| {
            let places = [("file", name.as_str()), ("error", &error)];
            Failure::input(text::BAD_ADDRESSES.fill(&places), text::ADVICE_ADDRESSES)
        };
        let read = std::fs::read_to_string(file).map_err(|error| refuse(error.to_string()))?;
        config.addresses = notices::domain::delivery::addresses(&read).map_err(refuse)?;
    }
    Ok(Some(config))
}
