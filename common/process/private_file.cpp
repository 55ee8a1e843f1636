#include "common/process/private_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace musterd {
namespace {

[[noreturn]] void fail_key_file(const std::string& path, const char* what) {
  throw std::runtime_error{fmt::format("the key file {} {}", path, what)};
}

[[noreturn]] void fail_by_errno(const std::string& path) {
  throw std::system_error{errno, std::generic_category(), path};
}

/// Writes a complete draft, to be moved or linked into place, so that no reader sees half a file.
void fill_draft(int file, const std::string& path, std::string_view text) {
  if (file < 0)
    fail_by_errno(path);
  auto written = ::write(file, text.data(), text.size());
  auto synced = ::fsync(file);
  ::close(file);
  if (written != static_cast<ssize_t>(text.size()) || synced != 0)
    fail_key_file(path, "could not be written");
}

std::string write_draft(const std::string& path, std::string_view text) {
  auto draft = path + ".XXXXXX";
  auto file = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600; process ids repeat across containers
  fill_draft(file, path, text);
  return draft;
}

/// Only after this does a new directory entry survive a power failure.
void sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path();
  auto file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 || ::fsync(file) != 0) {
    auto error = errno;
    ::close(file);
    throw std::system_error{error, std::generic_category(), path};
  }
  ::close(file);
}

}  // namespace

void create_private_file(const std::string& path, const std::function<std::string()>& text) {
  if (std::filesystem::exists(path))
    return;
  auto draft = write_draft(path, text());
  auto linked = ::link(draft.c_str(), path.c_str());  // fails if another process was first: its file counts
  auto error = errno;
  ::unlink(draft.c_str());
  if (linked != 0 && error != EEXIST)
    throw std::system_error{error, std::generic_category(), path};
  sync_folder_of(path);
}

private_file_lock::private_file_lock(std::string path, std::chrono::milliseconds patience)
    : path_{std::move(path)},
      file_{::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)} {
  constexpr std::chrono::milliseconds pause{20};
  if (file_ < 0)
    fail_by_errno(path_ + ".lock");
  auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until) {
      ::close(file_);
      fail_key_file(path_, "is being changed by another process");
    }
    std::this_thread::sleep_for(pause);
  }
}

private_file_lock::~private_file_lock() {
  ::close(file_);
}

void private_file_lock::replace(std::string_view text) const {
  auto draft = path_ + ".new";
  ::unlink(draft.c_str());
  auto file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  fill_draft(file, draft, text);
  std::filesystem::rename(draft, path_);
  sync_folder_of(path_);
}

std::string read_private_file(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0)
    fail_key_file(path, "cannot be read");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail_key_file(path, "must be readable by its owner only (mode 0600)");
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace musterd
