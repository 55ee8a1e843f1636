#include "domain/person/commands.hpp"

#include "common/text/readable_text.hpp"
#include "common/text/text.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

void check_name(std::string_view field, const std::string& text, std::vector<field_error>& errors) {
  if (is_blank(text) || text.size() > 100)
    errors.push_back({std::string{field}, fmt::format("{} must have 1 to 100 bytes.", field)});
  else
    check_readable(field, text, errors);
}

/// Something before and after a single @; only sending mail would tell more.
bool looks_like_email(std::string_view text) {
  auto at = text.find('@');
  return text.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && text.find_first_of(" \t\r\n,;<>") == text.npos;
}

void check_email(std::string_view field, const std::optional<std::string>& text,
                 std::vector<field_error>& errors) {
  if (text && (!looks_like_email(*text) || !is_readable(*text) || !shows_all(*text)))
    errors.push_back({std::string{field}, fmt::format("{} must be an email address.", field)});
}

void check_reason(const std::optional<std::string>& code, std::vector<field_error>& errors,
                  std::string_view field = "reasonCode") {
  if (code && (is_blank(*code) || code->size() > 64))
    errors.push_back({std::string{field}, fmt::format("{} must have 1 to 64 bytes.", field)});
  else if (code)
    check_readable(field, *code, errors);
}

void check_change_reason(const std::optional<std::string>& code, std::vector<field_error>& errors) {
  check_reason(code, errors, "changeReasonCode");
}

bool is_username(std::string_view text) {
  auto allowed = [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view{"._@+-"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

void validate(const create_person& c, std::vector<field_error>& errors) {
  check_name("firstName", c.first_name, errors);
  check_name("lastName", c.last_name, errors);
  if (c.last_name.starts_with(pseudonym_prefix))
    errors.push_back({"lastName", fmt::format("lastName must not begin with {}.", pseudonym_prefix)});
  check_email("primaryEmail", c.primary_email, errors);
}

void validate(const provisioning& c, std::vector<field_error>& errors) {
  if (!is_username(c.username))
    errors.push_back({"username", "username must have 1 to 128 letters, digits or . _ @ + -"});
  else if (folded(c.username).starts_with(pseudonym_prefix))
    errors.push_back({"username", fmt::format("username must not begin with {}.", pseudonym_prefix)});
  check_email("email", c.email, errors);
  if (c.subject && (is_blank(*c.subject) || c.subject->size() > 255))
    errors.push_back({"subject", "subject must have 1 to 255 bytes."});
  else if (c.subject)
    check_distinct("subject", *c.subject, errors);
  if (c.role_ids && c.role_ids->size() > 100)
    errors.push_back({"roleIds", "roleIds must not have more than 100 items."});
  if (c.password)
    validate_password(*c.password, errors);
}

void validate_password(const std::string& password, std::vector<field_error>& errors) {
  // Length is what counts (NIST SP 800-63B, 3.1.1.2); more than this only takes longer to hash.
  if (password.size() < 12 || password.size() > 1024)
    errors.push_back({"password", "password must have 12 to 1024 bytes."});
  else if (is_blank(password))
    errors.push_back({"password", "password must not be only blanks."});
}

void validate(const assign_role& c, std::vector<field_error>& errors) {
  if (c.scope_type == scope_type::location && !c.location_id)
    errors.push_back({"locationId", "locationId is required when scopeType is LOCATION."});
  if (c.scope_type == scope_type::global && c.location_id)
    errors.push_back({"locationId", "locationId must be left out when scopeType is GLOBAL."});
  if (c.effective_end_date && *c.effective_end_date < c.effective_start_date)
    errors.push_back({"effectiveEndDate", "effectiveEndDate must not be earlier than effectiveStartDate."});
  check_reason(c.reason_code, errors);
}

void validate(const change_assignment& c, std::vector<field_error>& errors) {
  if (!c.effective_end_date)
    errors.push_back({"effectiveEndDate", "effectiveEndDate is required; null is for ever."});
  if (!c.version && !c.if_match)
    errors.push_back({"version", "version is required, here or as If-Match."});
  check_reason(c.reason_code, errors);
}

void validate(const end_assignment& c, std::vector<field_error>& errors) {
  check_reason(c.reason_code, errors);
}

void validate(const place_person& c, std::vector<field_error>& errors) {
  if (is_blank(c.role) || c.role.size() > 64)
    errors.push_back({"role", "role must have 1 to 64 bytes."});
  else
    check_distinct("role", c.role, errors);
  if (c.effective_end_at && *c.effective_end_at < c.effective_start_at)
    errors.push_back({"effectiveEndAt", "effectiveEndAt must not be earlier than effectiveStartAt."});
  check_change_reason(c.change_reason_code, errors);
}

void validate(const change_placement& c, std::vector<field_error>& errors) {
  if (!c.version && !c.if_match)
    errors.push_back({"version", "version is required, here or as If-Match."});
  check_change_reason(c.change_reason_code, errors);
}

void validate(const end_placement& c, std::vector<field_error>& errors) {
  check_change_reason(c.change_reason_code, errors);
}

}  // namespace musterd
