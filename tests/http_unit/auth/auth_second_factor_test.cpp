#include "http/auth/factors/second_factors.hpp"
#include "tests/http_unit/auth/auth_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace musterd;
using namespace musterd::testing;

namespace {

totp_secret rfc_secret() {
  totp_secret result;
  std::ranges::copy(std::string_view{"12345678901234567890"}, result.begin());
  return result;
}

timestamp second(std::int64_t n) {
  return timestamp{std::chrono::seconds{n}};
}

}  // namespace

TEST_CASE("totp: codes are those of RFC 6238, appendix B") {
  for (auto [at, code] : {std::pair{59L, "287082"},
                          {1111111109L, "081804"},
                          {1111111111L, "050471"},
                          {1234567890L, "005924"},
                          {2000000000L, "279037"},
                          {20000000000L, "353130"}})
    CHECK(totp_code(rfc_secret(), totp_step(second(at))) == code);
  CHECK(shown_secret(rfc_secret()) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  CHECK(otpauth_uri("my shop", "ann:lee", rfc_secret()) ==
        "otpauth://totp/my%20shop:ann%3Alee?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=my%20shop"
        "&algorithm=SHA1&digits=6&period=30");
}

TEST_CASE("totp: a clock may be off by one step, and no further") {
  auto now = second(1234567890);
  auto present = totp_step(now);
  for (auto off : {-1, 0, 1})
    CHECK(matching_step(rfc_secret(), totp_code(rfc_secret(), present + off), now) == present + off);
  for (auto off : {-2, 2})
    CHECK_FALSE(matching_step(rfc_secret(), totp_code(rfc_secret(), present + off), now).has_value());
  for (const auto* bad : {"", "00592", "0059244", "00592a"})
    CHECK_FALSE(matching_step(rfc_secret(), bad, now).has_value());
}

TEST_CASE("secret box: opens what it sealed, for whom it was sealed, unchanged, and nothing else") {
  auto box = secret_box::generate();
  const std::vector<std::uint8_t> secret{1, 2, 3};
  auto sealed = box.seal(secret, "ann");
  CHECK(box.open(sealed, "ann") == secret);
  CHECK(box.seal(secret, "ann") != sealed);
  CHECK_FALSE(box.open(sealed, "bob").has_value());
  CHECK_FALSE(secret_box::generate().open(sealed, "ann").has_value());
  CHECK_FALSE(box.open("", "ann").has_value());
  CHECK_FALSE(box.open(sealed.substr(4), "ann").has_value());
  auto changed = sealed;
  changed.back() = changed.back() == 'A' ? 'E' : 'A';
  CHECK_FALSE(box.open(changed, "ann").has_value());
}

TEST_CASE("secret box: its key outlives the process, in a file of its own") {
  scratch_folder folder;
  auto path = folder.file("factor.key");
  auto sealed = secret_box::load_or_create(path).seal(std::vector<std::uint8_t>{7}, "ann");
  CHECK(secret_box::load_or_create(path).open(sealed, "ann").has_value());
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
  auto broken = folder.file("broken.key");
  write_file(broken, "short\n");
  std::filesystem::permissions(broken, std::filesystem::perms::owner_read);
  CHECK_THROWS_AS(secret_box::load_or_create(broken), std::runtime_error);
}

TEST_CASE("second factors: ten recovery codes, all different, taken however they are typed") {
  auto codes = second_factors::make_recovery_codes();
  REQUIRE(codes.shown.size() == 10);
  CHECK(std::set<std::string>{codes.shown.begin(), codes.shown.end()}.size() == 10);
  CHECK(codes.shown[0].size() == 19);
  second_factors factors{secret_box::generate(), "musterd"};
  auto hash_of = [&](std::string typed) {
    return (*factors.prove({}, {}, {}, {{}, std::move(typed)}, noon))->recovery_hash;
  };
  auto typed = codes.shown[3];
  CHECK(hash_of(typed) == codes.hashes[3]);
  std::erase(typed, '-');
  CHECK(hash_of(' ' + typed) == codes.hashes[3]);
  std::ranges::transform(typed, typed.begin(), [](unsigned char c) { return std::toupper(c); });
  CHECK(hash_of(typed) == codes.hashes[3]);
  CHECK_FALSE((*factors.prove({}, {}, {}, {}, noon)).has_value());
}

TEST_CASE("second factors: a secret of another key is an error of ours, no wrong code") {
  tenant_uuid tenant{id_number(1)};
  user_uuid user{id_number(2)};
  second_factors mine{secret_box::generate(), "musterd"}, others{secret_box::generate(), "musterd"};
  stored_factor factor{id_number(3), factor_status::active, mine.make(tenant, user, "ann").sealed, 10};
  auto wrong = mine.prove(tenant, user, factor, {"000000", {}}, noon);
  REQUIRE(wrong.has_value());
  CHECK((*wrong)->factor_id == factor.factor_id);
  CHECK(others.prove(tenant, user, factor, {"000000", {}}, noon).error().kind == fault_kind::internal);
  CHECK(mine.prove(tenant, {id_number(9)}, factor, {"000000", {}}, noon).error().kind ==
        fault_kind::internal);
}
