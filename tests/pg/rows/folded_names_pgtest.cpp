#include "common/text/text.hpp"
#include "domain/company/commands.hpp"
#include "tests/pg/rows/person_company.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

/// What the program and the database treat as the same name.
namespace musterd::testing {
namespace {

std::string utf8(std::uint32_t c) {
  std::string result;
  auto add = [&](std::uint32_t byte) { result += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6), add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12), add(0x80 | (c >> 6 & 0x3F)), add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | c >> 18), add(0x80 | (c >> 12 & 0x3F)), add(0x80 | (c >> 6 & 0x3F)), add(0x80 | (c & 0x3F));
  }
  return result;
}

/// All of Unicode that has letters with case, without surrogates.
std::vector<std::string> corpus() {
  std::vector<std::string> result;
  for (std::uint32_t c = 1; c < 0x1F000; ++c)
    if (c < 0xD800 || c > 0xDFFF)
      result.push_back("a" + utf8(c) + "Z");
  return result;
}

std::string sql_array(const std::vector<std::string>& texts) {
  std::string result = "{";
  for (const auto& text : texts) {
    result += result.size() > 1 ? ",\"" : "\"";
    for (char c : text) {
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
    result += '"';
  }
  return result + '}';
}

/// How many texts of the corpus the program folds differently from the SQL `expression` over x.
template <class Fold>
int disagreements(company& c, const std::string& expression, Fold fold) {
  auto texts = corpus();
  pqxx::work tx{*c.db};
  auto rows =
      tx.exec_params("SELECT " + expression + " FROM unnest($1::text[]) WITH ORDINALITY t (x, n) ORDER BY n",
                     sql_array(texts));
  REQUIRE(static_cast<std::size_t>(rows.size()) == texts.size());
  int result = 0;
  for (std::size_t i = 0; i < texts.size(); ++i)
    result += rows[static_cast<int>(i)][0].as<std::string>() != fold(texts[i]);
  return result;
}

/// A unique index's expression, over x instead of its column.
std::string expression_of(company& c, const std::string& index, const std::string& column) {
  auto text = c.scalar(fmt::format("SELECT pg_get_indexdef(i.indexrelid, 2, true) FROM pg_index i WHERE $1 "
                                   "<> '' AND i.indexrelid = '{}'::regclass",
                                   index));
  auto at = text.find(column);
  REQUIRE(at != text.npos);
  return text.replace(at, column.size(), "x");
}

}  // namespace

TEST_CASE("names: for every character, one name here is one name in the database") {
  if (!database_is_there())
    return;
  company c;
  auto same = [](const std::string& text) { return folded(text); };
  CHECK(disagreements(c, expression_of(c, "security.username_taken", "username"), same) == 0);
  CHECK(disagreements(c, expression_of(c, "people.location_code_taken_in_any_case", "code"), same) == 0);
  CHECK(disagreements(c, expression_of(c, "security.role_name_taken", "role_name"),
                      [](const std::string& text) { return normalized_role_name(text); }) == 0);
}

TEST_CASE("login: a name that a locale would fold is nobody's") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  pqxx::work tx{*c.db};
  tx.exec_params0(
      "UPDATE security.app_user SET username = 'ivy.k' WHERE tenant_id = $1 AND username = 'demo.hr'",
      to_string(c.tenant));
  CHECK_FALSE(find_login(tx, c.code, "IVY.K", {})->user.value.is_nil());
  for (const auto* other : {"\u0130vy.k", "ivy.\u212a", "\u0131vy.k", " ivy.k", "ivy.k "})
    CHECK_MESSAGE(find_login(tx, c.code, other, {})->user.value.is_nil(), other);
}

TEST_CASE("login: whether somebody has signed in from a network before, as long as sign-ins are kept") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  auto ann = c.login("demo.mechanic");
  pqxx::work tx{*c.db};
  tx.exec_params0("WITH f AS (INSERT INTO security.refresh_token_family (tenant_id, family_id, user_id, "
                  "secret_hash, generation, "
                  "created_at, rotated_at, expires_at, revoked_at, revoke_reason, version) VALUES ($1, "
                  "gen_random_uuid(), $2, "
                  "repeat('0', 64), 1, now(), now(), now(), now(), 'SIGNED_OUT', 1) RETURNING *) INSERT INTO "
                  "security.session_origin SELECT tenant_id, family_id, user_id, '192.0.2.1' FROM f",
                  to_string(c.tenant), to_string(ann.user));
  CHECK(find_login(tx, c.code, "demo.mechanic", "192.0.2.1")->was_there_before);
  CHECK_FALSE(find_login(tx, c.code, "demo.mechanic", "192.0.2.2")->was_there_before);
  CHECK_FALSE(find_login(tx, c.code, "demo.hr", "192.0.2.1")->was_there_before);
}

}  // namespace musterd::testing
