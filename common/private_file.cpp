#include "common/private_file.hpp"

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
std::string write_draft(const std::string& path, std::string_view text) {
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

void create_private_file(const std::string& path, std::string_view text) {
  if (std::filesystem::exists(path))
    return;
  auto draft = write_draft(path, text);
  auto linked = ::link(draft.c_str(), path.c_str());  // fails if another process was first: then it is theirs
  auto error = errno;
  ::unlink(draft.c_str());
  if (linked != 0 && error != EEXIST)
    throw std::system_error{error, std::generic_category(), path};
}

void replace_private_file(const std::string& path, std::string_view text) {
  std::filesystem::rename(write_draft(path, text), path);
}

std::string read_private_file(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0)
    fail(path, "cannot be read");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail(path, "must be readable by its owner only (mode 0600)");
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace musterd
