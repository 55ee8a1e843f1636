#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

/// The one place that knows what must never reach a log line or audit entry: payment card numbers, signed
/// tokens, credentials.
namespace musterd {

inline constexpr std::string_view redaction_mark = "***";

/// The text with `***` for: 13 to 19 digits, grouped or not, that pass the Luhn check; JWTs; what follows
/// `Bearer` or `Basic`; passwords in URLs; values of secret names (`password=…`, `"apiKey": "…"`). Leaves
/// UUIDs, digests and trace ids alone. Linear time.
std::string redacted(std::string_view text);
/// Whether `redacted` would change the text.
bool holds_secret(std::string_view text);

/// Whether a field of this name holds a secret, in any spelling: `client_secret`, `X-Api-Key`, `pin`.
bool is_secret_name(std::string_view field);

/// The origin of a document's field names.
enum class field_names {
  /// Our described structs: names are chosen here, so `secretId` is just an id.
  ours,
  /// Everything else: a field with a secret name is redacted whole.
  foreign,
};
/// The same for a JSON document: names, texts and numbers, at any depth.
void redact(boost::json::value& document, field_names named);
/// The same for JSON text; cheap for our own when it holds no secret. Invalid JSON is redacted as plain text.
std::string redacted_json(std::string json, field_names named);

}  // namespace musterd
