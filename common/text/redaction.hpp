#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

/// What must be in no log line and no audit entry, whoever sent it: numbers of payment cards, signed tokens,
/// credentials. The one place that knows them.
namespace musterd {

inline constexpr std::string_view redaction_mark = "***";

/// The text with each of these replaced by `***`: 13 to 19 digits that pass the Luhn check, also in groups;
/// JWTs; what follows `Bearer` or `Basic`; passwords in URLs; what is given to a secret name (`password=…`,
/// `"apiKey": "…"`). UUIDs, digests and trace ids are left alone. Takes time in proportion to the text.
std::string redacted(std::string_view text);
/// Whether `redacted` would change the text.
bool holds_secret(std::string_view text);

/// Whether a field of this name holds a secret, however it is written: `client_secret`, `X-Api-Key`, `pin`.
bool is_secret_name(std::string_view field);

/// Which fields of a document may stay.
enum class field_names {
  /// Our own described structs: what they name is chosen here, so that `secretId` is an id.
  ours,
  /// Of others: whatever has a secret name goes as a whole.
  foreign,
};
/// The same for a JSON document: names, texts and numbers, at any depth.
void redact(boost::json::value& document, field_names named);
/// The same for the text of one. Costs a glance where there is nothing to do. What is no JSON is redacted as
/// text.
std::string redacted_json(std::string json, field_names named);

}  // namespace musterd
