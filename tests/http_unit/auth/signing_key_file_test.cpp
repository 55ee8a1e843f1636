#include "http/auth/keys/signing_key_file.hpp"

#include "common/process/private_file.hpp"
#include "tests/http_unit/auth/auth_fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

struct keys_in_folder {
  scratch_folder folder;
  signing_key_file file{folder.file("signing.json")};
  std::string first = file.load_or_create(noon).front().key.kid();

  mode_t mode() const {
    struct stat about{};
    ::stat(file.path().c_str(), &about);
    return about.st_mode & 0777;
  }
  std::vector<std::string> kids() const {
    std::vector<std::string> result;
    for (const auto& k : file.load())
      result.push_back(k.key.kid());
    return result;
  }
  void overwrite(std::string_view text) const {
    write_file(file.path(), text);
    ::chmod(file.path().c_str(), 0600);
  }
};

}  // namespace

TEST_CASE("signing keys: made once, private, and kept") {
  keys_in_folder at;
  CHECK(at.mode() == 0600);
  auto again = at.file.load_or_create(noon + 1h);
  REQUIRE(again.size() == 1);
  CHECK(again[0].key.kid() == at.first);
  CHECK(again[0].made_at == noon);
  ::chmod(at.file.path().c_str(), 0640);
  CHECK_THROWS_WITH(at.file.load(), doctest::Contains("must be readable by its owner only"));
}

TEST_CASE("signing keys: a damaged file is said to be one") {
  keys_in_folder at;
  for (auto text :
       {"", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "{\"keys\":[{\"kty\":\"EC"}) {
    CAPTURE(text);
    at.overwrite(text);
    CHECK_THROWS_WITH(at.file.load(), doctest::Contains((at.file.path() + " is damaged").c_str()));
    CHECK_THROWS(at.file.load_or_create(noon));
    CHECK_THROWS(at.file.announce(noon));
  }
}

TEST_CASE("signing keys: processes that start together agree") {
  scratch_folder folder;
  signing_key_file file{folder.file("signing.json")};
  std::vector<std::future<std::string>> starts;
  for (int i = 0; i < 8; ++i)
    starts.push_back(
        std::async(std::launch::async, [&] { return file.load_or_create(noon).front().key.kid(); }));
  auto first = starts[0].get();
  for (std::size_t i = 1; i < starts.size(); ++i)
    CHECK(starts[i].get() == first);
}

TEST_CASE("signing keys: one is announced at a time, whoever asks and however many at once") {
  keys_in_folder at;
  std::vector<std::future<bool>> asked;
  for (int i = 0; i < 8; ++i)
    asked.push_back(
        std::async(std::launch::async, [&] { return at.file.announce(noon, at.first).has_value(); }));
  int announced = 0;
  for (auto& a : asked)
    announced += a.get();
  CHECK(announced == 1);
  auto kids = at.kids();
  REQUIRE(kids.size() == 2);
  CHECK(kids[0] == at.first);
  CHECK(at.mode() == 0600);
  CHECK_FALSE(at.file.announce(noon));
  at.file.drop_before(kids[1]);
  CHECK(at.kids() == std::vector{kids[1]});
  CHECK_FALSE(at.file.announce(noon, at.first));  // a server that slept through the rotation
  at.file.drop_before(at.first);
  CHECK(at.kids() == std::vector{kids[1]});
}

TEST_CASE(
    "signing keys: a process that died while it wrote leaves the keys as they were, and nothing for long") {
  keys_in_folder at;
  write_file(at.file.path() + ".new", "{\"keys\":[{\"kty");
  CHECK(at.kids() == std::vector{at.first});
  CHECK(at.file.announce(noon));
  CHECK(at.kids().size() == 2);
  CHECK_FALSE(std::filesystem::exists(at.file.path() + ".new"));
  CHECK(at.mode() == 0600);
}

TEST_CASE("signing keys: a file that somebody else is changing is left alone") {
  keys_in_folder at;
  private_file_lock other{at.file.path()};
  CHECK_THROWS_WITH(private_file_lock{at.file.path()},
                    doctest::Contains("is being changed by another process"));
}

TEST_CASE("signing keys: the file of the version before is understood") {
  keys_in_folder at;
  auto current = jose_key::generate(), previous = jose_key::generate();
  at.overwrite("{\"keys\":[" + current.to_jwk(true) + "," + previous.to_jwk(false) + "]}");
  REQUIRE(at.kids() == std::vector{current.kid(), previous.kid()});
  CHECK_FALSE(at.file.load().front().made_at.has_value());
  at.file.drop_before(current.kid());
  CHECK(at.kids() == std::vector{current.kid()});
}
