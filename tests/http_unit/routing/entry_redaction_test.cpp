#include "persistence/audit/entry_redaction.hpp"

#include "domain/audit/audit.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;

TEST_CASE("redaction: no text of an audit entry comes into the trail with a secret") {
  constexpr auto card = "4111 1111 1111 1111";
  constexpr auto token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
  audit_entry entry;
  entry.event_type = "X";
  entry.subject_type = entry.correlation_id = card;
  entry.reason_code = entry.user_agent = fmt::format(R"(seen "with" {})", token);
  entry.details.text = R"({"note":"4111\n1111 1111 1111","n":4111111111111111,"secretId":"kept \"so\""})";
  entry.refs = {std::string{"card:"} + card, "order:7", "password=x"};
  auto row = without_secrets(write_row({}, entry));
  REQUIRE(row);
  CHECK(row->text().find("1111") == std::string::npos);
  CHECK(row->text().find("eyJ") == std::string::npos);
  auto cleaned = entry;
  cleaned.subject_type = cleaned.correlation_id = "***";
  cleaned.reason_code = cleaned.user_agent = "seen \"with\" ***";
  cleaned.details.text = R"({"note":"***","n":"***","secretId":"kept \"so\""})";
  cleaned.refs = {"card:***", "order:7", "password=***"};
  CHECK(row->text() == write_row({}, cleaned).text());
}

TEST_CASE("redaction: an audit entry without a secret is left as it is") {
  audit_entry entry;
  entry.entry_id = {uuid::generate()};
  entry.event_type = "security:set_password";
  entry.reason_code = "token lost";
  entry.details.text =
      R"({"secretId":"01941f29-7c00-70f8-a46e-463054111111","passwordSet":true,"x":1.0,"t":"a\nb"})";
  CHECK_FALSE(without_secrets(write_row({}, entry)));
}
