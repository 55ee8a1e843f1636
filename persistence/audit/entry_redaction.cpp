#include "persistence/audit/entry_redaction.hpp"

#include "common/text/redaction.hpp"
#include "domain/audit/audit.hpp"

#include <algorithm>
#include <array>

namespace musterd {
namespace {

/// A value that already is an array literal's element.
struct ready_element {
  std::string_view text;
};

void append_array_element(std::string& out, const ready_element& value) {
  out += value.text;
}

constexpr std::string_view document = "details";
/// Columns whose text outsiders may have chosen.
constexpr auto texts = std::to_array<std::string_view>(
    {"subject_type", "reason_code", "correlation_id", "client_address", "user_agent", "refs"});

/// The text of a quoted element.
std::string unquoted(std::string_view element) {
  std::string result;
  for (std::size_t i = 1; i + 1 < element.size(); ++i) {
    if (element[i] == '\\')
      ++i;
    result += element[i];
  }
  return result;
}

/// Whether to check the element's text: a secret is visible in the element unless an escape hides it.
bool may_hold_secret(std::string_view element) {
  return element.starts_with('"') &&
         (element.find(R"(\\)") != std::string_view::npos || holds_secret(element));
}

std::optional<std::string> changed(std::string_view column, std::string_view element) {
  bool is_document = column == document;
  if ((!is_document && std::ranges::find(texts, column) == texts.end()) || !may_hold_secret(element))
    return std::nullopt;
  auto text = unquoted(element);
  auto result = is_document ? redacted_json(text, field_names::ours) : redacted(text);
  return result == text ? std::nullopt : std::optional{std::move(result)};
}

}  // namespace

std::optional<row_write> without_secrets(const row_write& entry) {
  const auto& columns = entry.table().columns;
  std::vector<std::optional<std::string>> texts_now;
  bool any = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    texts_now.push_back(changed(columns[i].name, entry.element(i)));
    any = any || texts_now.back();
  }
  if (!any)
    return std::nullopt;
  row_write result{entry.table()};
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (texts_now[i])
      result.add(*texts_now[i]);
    else
      result.add(ready_element{entry.element(i)});
  return result;
}

}  // namespace musterd
