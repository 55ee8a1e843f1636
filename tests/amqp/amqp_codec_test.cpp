#include "messaging/amqp/amqp_codec.hpp"

#include "common/json/json_document.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace musterd;

TEST_CASE("headers: of very many the first are kept, so that what is stored can be read again") {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i)
    names.push_back("h" + std::to_string(i));
  std::vector<amqp_table_entry_t> entries(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    entries[i].key = amqp_codec::bytes(names[i]);
    entries[i].value.kind = AMQP_FIELD_KIND_I64;
    entries[i].value.value.i64 = static_cast<std::int64_t>(i);
  }
  auto headers = amqp_codec::to_json(amqp_codec::table(entries));
  CHECK(headers.size() == json_limits::members_per_object);
  CHECK(headers.at("h0") == 0);
  auto again = parse_json(boost::json::serialize(headers));
  REQUIRE(again.has_value());
  CHECK(again->as_object() == headers);
}
