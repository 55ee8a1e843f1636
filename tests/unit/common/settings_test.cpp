#include "common/settings/read_settings.hpp"
#include "common/settings/show_settings.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace musterd {

enum class paint { matt, glossy };
BOOST_DESCRIBE_ENUM(paint, matt, glossy)

namespace {

struct wheel_settings {
  std::chrono::milliseconds turn{1500};
  std::vector<std::chrono::milliseconds> pauses{std::chrono::minutes{1}};
};

struct cart_settings {
  std::string url;
  std::uint16_t horses = 2;
  bool covered = false;
  musterd::paint paint = musterd::paint::matt;
  std::string driver = "ann";
  std::vector<std::string> stops{"north", "south"};
  wheel_settings wheels;
};

void describe(setting_list& on, wheel_settings& s) {
  on.number<std::chrono::milliseconds>("cart.wheels.turn_ms", s.turn, {1, 5000}, "How long a turn takes.");
  on.durations("cart.wheels.pauses", s.pauses, "Pauses between turns.");
}

void describe(setting_list& on, cart_settings& s) {
  on.number("cart.horses", s.horses, {0, 8}, "Horses.");
  on.flag("cart.covered", s.covered, "Whether it has a roof.");
  on.choice("cart.paint", s.paint, "How it shines.");
  on.text("cart.driver", s.driver, "Who holds the reins.");
  on.words("cart.stops", s.stops, "Where it stops.");
  describe(on, s.wheels);
  on.secret("cart_url", s.url, "Where it is.");
}

struct described_cart {
  cart_settings cart;
  setting_list list;

  described_cart() { describe(list, cart); }

  outcome<void> read(const std::string& file, std::map<std::string, std::string> environment = {},
                     std::map<std::string, std::string> flags = {}) {
    return read_settings(list, {file,
                                [&](const std::string& name) {
                                  auto found = environment.find(name);
                                  return found == environment.end() ? nullptr : found->second.c_str();
                                },
                                std::move(flags)});
  }
};

class file_of {
 public:
  explicit file_of(const std::string& text) { std::ofstream{path_} << text; }
  ~file_of() { std::filesystem::remove(path_); }
  file_of(const file_of&) = delete;
  file_of& operator=(const file_of&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / fmt::format("cart-{}.toml", ::getpid());
};

std::vector<std::string> messages_of(const outcome<void>& read) {
  std::vector<std::string> result;
  for (const auto& e : read.error().field_errors)
    result.push_back(e.message);
  return result;
}

}  // namespace

TEST_CASE("settings: flags beat the environment, that beats the file, that beats the default") {
  file_of file{"[cart]\nhorses = 3\ncovered = true\ndriver = \"bob\"\nwheels.turn_ms = 20\n"};
  described_cart c;
  REQUIRE(c.read(file.path(), {{"MUSTERD_CART_HORSES", "4"}, {"MUSTERD_CART_COVERED", "false"}},
                 {{"cart.horses", "5"}, {"cart.paint", "glossy"}})
              .has_value());
  CHECK(c.cart.horses == 5);
  CHECK(c.cart.covered == false);
  CHECK(c.cart.driver == "bob");
  CHECK(c.cart.paint == paint::glossy);
  CHECK(c.cart.wheels.turn == std::chrono::milliseconds{20});
  CHECK(c.cart.stops == std::vector<std::string>{"north", "south"});
  CHECK(c.list.find("cart.horses")->source == "--cart.horses");
  CHECK(c.list.find("cart.covered")->source == "MUSTERD_CART_COVERED");
  CHECK(c.list.find("cart.driver")->source == file.path());
  CHECK(c.list.find("cart.stops")->source.empty());
}

TEST_CASE("settings: all that is wrong is said at once, with its source") {
  file_of file{"cart.horses = 9\ncart.colour = \"red\"\ncart_url = \"here\"\n"};
  described_cart c;
  auto read = c.read(file.path(), {{"MUSTERD_CART_PAINT", "dull"}, {"MUSTERD_CART_WHEELS_PAUSES", "1m,soon"}},
                     {{"cart.covered", "perhaps"}, {"cart.speed", "1"}});
  REQUIRE(!read.has_value());
  CHECK(messages_of(read) ==
        std::vector<std::string>{
            fmt::format("cart.colour is not a known key (in {})", file.path()),
            fmt::format("cart.horses must be an integer from 0 to 8 ({})", file.path()),
            "cart_url is a secret: give it by environment or by a file named there, not in the configuration",
            "cart.paint must be one of matt, glossy (MUSTERD_CART_PAINT)",
            "cart.wheels.pauses must be durations such as 1m,5m,15m,1h,6h (MUSTERD_CART_WHEELS_PAUSES)",
            "cart.covered must be true or false (--cart.covered)", "cart.speed is not a known key"});
}

TEST_CASE("settings: a secret comes from a variable or from the first line of a file, and is not shown") {
  file_of file{"amqp://me:hunter2@here\nmore\n"};
  described_cart by_file, by_variable;
  REQUIRE(by_file.read("", {{"MUSTERD_CART_URL_FILE", file.path()}}).has_value());
  CHECK(by_file.cart.url == "amqp://me:hunter2@here");
  REQUIRE(by_variable.read("", {{"MUSTERD_CART_URL_FILE", file.path()}, {"MUSTERD_CART_URL", "hunter3"}})
              .has_value());
  CHECK(by_variable.cart.url == "hunter3");
  CHECK(show_settings(by_file.list)
            .starts_with("# Where it is. (MUSTERD_CART_URL)\n"
                         "# cart_url = \"***\"  # MUSTERD_CART_URL_FILE\n\n[cart]\n"));
  CHECK(example_settings(by_file.list).find("hunter") == std::string::npos);
}

TEST_CASE("settings: what is shown is read again as it was, whatever is in it") {
  const std::string awkward = "a \"b\" \\ c\td # 'e' ß";
  described_cart first, second;
  REQUIRE(first.read("", {}, {{"cart.driver", awkward}, {"cart.wheels.pauses", "90s, 6h"}}).has_value());
  file_of file{show_settings(first.list)};
  REQUIRE(second.read(file.path()).has_value());
  CHECK(second.cart.driver == awkward);
  CHECK(second.cart.wheels.pauses ==
        std::vector<std::chrono::milliseconds>{std::chrono::seconds{90}, std::chrono::hours{6}});
}

TEST_CASE("settings: an example names limits and units, and sets nothing") {
  described_cart c, read;
  auto example = example_settings(c.list);
  CHECK(example.find("\n# How long a turn takes.\n# MUSTERD_CART_WHEELS_TURN_MS: 1 to 5000 ms\n"
                     "#wheels.turn_ms = 1500\n") != std::string::npos);
  CHECK(example.find("\n# MUSTERD_CART_PAINT: matt or glossy\n#paint = \"matt\"\n") != std::string::npos);
  CHECK(example.find("cart_url =") == std::string::npos);
  file_of file{example};
  REQUIRE(read.read(file.path()).has_value());
  for (const auto& s : read.list.all())
    CHECK_MESSAGE(s.source.empty(), s.name);
}

}  // namespace musterd
