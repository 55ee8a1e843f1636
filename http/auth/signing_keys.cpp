#include "http/auth/signing_keys.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace musterd {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw std::runtime_error{fmt::format("the key file {} {}", path, what)};
}

/// Never half written: a complete file appears under a name of its own, to be moved or linked to its place.
std::string write_private(const std::string& path, std::string_view text) {
  auto draft = path + ".XXXXXX";
  auto file = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600; process ids repeat between containers
  if (file < 0)
    throw std::system_error{errno, std::generic_category(), path};
  auto written = ::write(file, text.data(), text.size());
  auto synced = ::fsync(file);
  ::close(file);
  if (written != static_cast<ssize_t>(text.size()) || synced != 0)
    fail(path, "could not be written");
  return draft;
}

}  // namespace

jose_key_set load_signing_keys(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0)
    fail(path, "cannot be read");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail(path, "must be readable by its owner only (mode 0600)");
  std::ifstream file{path};
  auto keys = read_jwks(std::string{std::istreambuf_iterator<char>{file}, {}});
  if (keys.empty() || !keys.front().has_private_part())
    fail(path, "does not begin with a private P-256 or RSA key");
  return keys;
}

jose_key_set load_or_create_signing_keys(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    auto draft = write_private(path, fmt::format("{{\"keys\":[{}]}}\n", jose_key::generate().to_jwk(true)));
    auto linked =
        ::link(draft.c_str(), path.c_str());  // fails if another process was first: then its key it is
    auto error = errno;
    ::unlink(draft.c_str());
    if (linked != 0 && error != EEXIST)
      throw std::system_error{error, std::generic_category(), path};
  }
  return load_signing_keys(path);
}

void rotate_signing_keys(const std::string& path) {
  auto previous = load_signing_keys(path).front().to_jwk(false);
  auto draft =
      write_private(path, fmt::format("{{\"keys\":[{},{}]}}\n", jose_key::generate().to_jwk(true), previous));
  std::filesystem::rename(draft, path);
}

}  // namespace musterd
