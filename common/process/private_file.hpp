#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

/// Files that hold secrets: mode 0600, complete or absent.
namespace musterd {

/// Creates the file from `text()` unless it exists; of processes that start together, one creates it. Throws
/// std::runtime_error.
void create_private_file(const std::string& path, const std::function<std::string()>& text);

/// Lets only its holder replace the file, across all machines that share the folder. Locks `<path>.lock`.
class private_file_lock {
 public:
  /// Waits up to `patience` for another holder. Throws std::runtime_error on timeout, or if the folder is
  /// read-only.
  explicit private_file_lock(std::string path, std::chrono::milliseconds patience = {});
  ~private_file_lock();
  private_file_lock(const private_file_lock&) = delete;
  private_file_lock& operator=(const private_file_lock&) = delete;

  /// Replaces the text atomically, if at all, and removes the leftovers of a crashed process. Throws
  /// std::runtime_error.
  void replace(std::string_view text) const;

 private:
  std::string path_;
  int file_;
};

/// Throws std::runtime_error if the file is unreadable, or accessible to others.
std::string read_private_file(const std::string& path);

}  // namespace musterd
