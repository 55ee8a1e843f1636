#include "common/json/json_read.hpp"
#include "domain/person/commands.hpp"
#include "http/message/error_body.hpp"
#include "http/message/text.hpp"
#include "tests/fuzz/property.hpp"

#include <boost/json/parse.hpp>

#include <cmath>

using namespace musterd;
using fuzz::require;

namespace {

/// Nesting depth, 0 for a scalar. Also reports fractions, which other parsers read only to within a bit or
/// two.
std::size_t depth_of(const boost::json::value& value, bool& has_fraction) {
  std::size_t inner = 0;
  require(!value.is_double() || std::isfinite(value.get_double()), "a number is finite");
  has_fraction = has_fraction || value.is_double();
  if (const auto* items = value.if_array())
    for (const auto& item : *items)
      inner = std::max(inner, depth_of(item, has_fraction));
  if (const auto* members = value.if_object()) {
    require(members->size() <= json_limits::members_per_object, "an object has few members");
    for (const auto& [name, item] : *members) {
      require(name.size() <= json_limits::name_bytes, "a name is short");
      inner = std::max(inner, depth_of(item, has_fraction));
    }
  }
  return value.is_structured() ? inner + 1 : 0;
}

/// A refusal says what is wrong, within limits, and can be sent as JSON.
void check_refusal(const fault& f) {
  require(f.kind == fault_kind::invalid && !f.message.empty(), "a refusal is a 400 that says why");
  require(f.code == "MALFORMED_JSON" || (f.code == "VALIDATION_FAILED" && !f.field_errors.empty()),
          "a refusal names the fields");
  require(f.field_errors.size() <= most_field_errors, "a refusal is short");
  for (const auto& e : f.field_errors)
    require(e.message.size() > e.field.size(), "each wrong field has its reason");
  auto answer = parse_json(error_response(f, "correlation", {}).body);
  require(answer && answer->at("message") == boost::json::value(f.message), "a refusal is sent as JSON");
}

template <class T>
void check_struct(std::string_view text) {
  auto read = from_json<T>(text);
  if (!read)
    return check_refusal(read.error());
  auto written = to_json(*read);
  require(is_utf8(written) && written.find('\0') == written.npos, "what is read can be stored");
  auto again = from_json<T>(written);
  require(again && to_json(*again) == written, "a command survives writing");
}

void check_document(std::string_view text) {
  auto document = parse_json(text);
  if (!document)
    return check_refusal(document.error());
  boost::json::error_code refused;
  boost::json::parse_options options;
  options.max_depth = json_limits::depth;
  auto theirs = boost::json::parse(text, refused, {}, options);
  bool has_fraction = false;
  require(depth_of(*document, has_fraction) <= json_limits::depth, "a document is not deep");
  require(!refused && (has_fraction || theirs == *document), "what we take is JSON to others, and the same");
  auto again = parse_json(boost::json::serialize(*document));
  require(again && *again == *document, "a document survives writing");
}

}  // namespace

/// Foreign JSON (decision 0030), as a document and as command bodies.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  check_document(text);
  check_struct<provisioning>(text);
  check_struct<assign_role>(text);
  check_struct<assignment_changes>(text);
  check_struct<role>(text);
  return 0;
}
