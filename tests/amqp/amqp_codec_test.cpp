#include "messaging/amqp/amqp_codec.hpp"

#include "common/json/json_document.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace musterd;

namespace {

/// Numbers named h0, h1, and so on.
struct many_headers {
  explicit many_headers(std::size_t count) : entries(count) {
    for (std::size_t i = 0; i < count; ++i)
      names.push_back("h" + std::to_string(i));
    for (std::size_t i = 0; i < count; ++i) {
      entries[i].key = amqp_codec::bytes(names[i]);
      entries[i].value.kind = AMQP_FIELD_KIND_I64;
      entries[i].value.value.i64 = static_cast<std::int64_t>(i);
    }
  }
  void add(std::string_view name, std::string_view text) {
    amqp_table_entry_t entry{amqp_codec::bytes(name), {}};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_codec::bytes(text);
    entries.push_back(entry);
  }
  boost::json::object kept() { return amqp_codec::kept_headers(amqp_codec::table(entries)); }

  std::vector<std::string> names;
  std::vector<amqp_table_entry_t> entries;
};

}  // namespace

TEST_CASE("headers: of very many the first are kept, so that what is stored can be read again") {
  auto headers = many_headers{1000}.kept();
  CHECK(headers.size() == amqp_codec::kept_header_values + 1);
  CHECK(headers.at("h0") == 0);
  CHECK(headers.at("x-left-out") == 1000 - static_cast<std::int64_t>(amqp_codec::kept_header_values));
  auto again = parse_json(boost::json::serialize(headers));
  REQUIRE(again.has_value());
  CHECK(again->as_object() == headers);
}

TEST_CASE("headers: what a message is handled by is found behind all others, and whole or not at all") {
  many_headers sent{1000};
  std::string long_one(129, 'x');
  sent.add("key", "of an order");
  sent.add("x-seal", long_one);
  auto headers = sent.kept();
  CHECK(headers.at("key") == "of an order");
  CHECK_FALSE(headers.contains("x-seal"));
}

TEST_CASE(
    "headers: a long text is cut where the room ends, as JSON counts it, and never within a character") {
  for (const std::string piece : {"x", "\x01", "\"", "\xc3\xa4"}) {
    std::string text;
    while (text.size() < 100'000)
      text += piece;
    many_headers sent{1};
    sent.add("note", text);
    sent.add("behind", "it");
    auto headers = sent.kept();
    auto size = boost::json::serialize(headers).size();
    CHECK(size > amqp_codec::kept_header_bytes - 100);
    CHECK(size < amqp_codec::kept_header_bytes + 100);
    CHECK(text.starts_with(std::string_view{headers.at("note").as_string()}));
    CHECK(headers.at("x-left-out") == 2);
  }
}
