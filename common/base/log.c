/* log.c - Messages to people, on stderr.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A process that must not wait for the reader of its log (log_never_wait)
 * loses lines instead.  stderr is shared with other processes, so O_NONBLOCK
 * must never be set on it as it is: the pipe is opened once more for this
 * process.  Once logging has begun, the only system calls are write, sendmsg
 * and ppoll, which the seccomp filters of the roles allow.  */

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LOG_MAXLINE 2048
_Static_assert (LOG_MAXLINE <= PIPE_BUF, "a line is written whole or not");

/* How a line gets to stderr.  */
enum way
  {
    WAY_WAIT,                   /* Write, however long it takes.  */
    WAY_TRY,                    /* Write: stderr does not block.  */
    WAY_ASK,                    /* Ask poll for room, then write.  Of two
                                   processes that ask at once, one may
                                   wait.  */
    WAY_SEND                    /* Send: stderr is a socket.  */
  };

static struct
{
  const char *program;
  int verbose;
  bool journal;
  enum way way;
  unsigned int lost;            /* Lines, since the last report.  */
} log_state = { "postern", 0, false, WAY_WAIT, 0 };


/* True if stderr is the stream that JOURNAL_STREAM names ("DEV:INODE", see
   systemd.exec(5)); somebody may have redirected it since.  */
static bool
is_journal (void)
{
  const char *value = getenv ("JOURNAL_STREAM");
  unsigned long long dev, ino;
  struct stat st;
  char *end;

  if (!value || fstat (STDERR_FILENO, &st))
    return false;
  errno = 0;
  dev = strtoull (value, &end, 10);
  if (errno || end == value || *end != ':')
    return false;
  value = end + 1;
  ino = strtoull (value, &end, 10);
  return !errno && end != value && !*end
         && dev == (unsigned long long) st.st_dev
         && ino == (unsigned long long) st.st_ino;
}


const char *
log_program (void)
{
  return log_state.program;
}


void
log_init (const char *program, int verbose)
{
  log_state.program = program;
  log_state.verbose = verbose;
  log_state.journal = is_journal ();
  log_state.way = WAY_WAIT;
}


/* Open the pipe of stderr once more, for this process alone.  That is only
   possible if it has a reader and /proc is mounted.  */
static bool
unblock_pipe (void)
{
  int fd = open ("/proc/self/fd/2",
                 O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  int flags;

  if (fd >= 0)
    {
      dup2 (fd, STDERR_FILENO);
      close (fd);
    }
  flags = fcntl (STDERR_FILENO, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK);
}


void
log_never_wait (void)
{
  struct stat st;

  if (fstat (STDERR_FILENO, &st))
    return;
  if (S_ISSOCK (st.st_mode))
    log_state.way = WAY_SEND;
  else if (S_ISFIFO (st.st_mode))
    log_state.way = unblock_pipe () ? WAY_TRY : WAY_ASK;
}


/* Replace the control characters in the LEN bytes at TEXT: a text from
   elsewhere must neither move the cursor nor start a new line.  */
static void
replace_controls (unsigned char *text, size_t len)
{
  size_t i;

  for (i = 0; i < len; i++)
    {
      if (text[i] < 0x20 || text[i] == 0x7f)
        text[i] = '?';
      else if (text[i] == 0xc2 && i + 1 < len
               && text[i + 1] >= 0x80 && text[i + 1] < 0xa0)
        text[i] = text[i + 1] = '?';    /* C1 in UTF-8.  */
    }
}


/* Shorten the text to MOST bytes, never within a UTF-8 sequence.  */
static size_t
cut_line (char *text, size_t most)
{
  size_t len = most - 3;

  while (len && ((unsigned char) text[len] & 0xc0) == 0x80)
    len--;
  memcpy (text + len, "...", 3);
  return len + 3;
}


static bool
stderr_has_room (void)
{
  struct pollfd fd = { STDERR_FILENO, POLLOUT, 0 };
  struct timespec none = { 0, 0 };

  return ppoll (&fd, 1, &none, NULL) != 0;
}


static ssize_t
write_some (const char *line, size_t len)
{
  struct iovec iov = { (void *)(uintptr_t)line, len };
  struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

  if (log_state.way == WAY_SEND)
    return sendmsg (STDERR_FILENO, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (log_state.way == WAY_ASK && !stderr_has_room ())
    {
      errno = EAGAIN;
      return -1;
    }
  return write (STDERR_FILENO, line, len);
}


/* False if there is no room and this process does not wait.  */
static bool
write_whole_line (const char *line, size_t len)
{
  ssize_t n;

  while (len)
    {
      n = write_some (line, len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)               /* There is nowhere to report it.  */
        return log_state.way == WAY_WAIT || errno != EAGAIN;
      line += n;
      len -= (size_t) n;
    }
  return true;
}


/* For a journal, write the prefix "<4>".  Returns its length.  */
static size_t
write_priority (char *line, size_t size, int priority)
{
  if (!log_state.journal)
    return 0;
  return (size_t) snprintf (line, size, "<%d>", priority);
}


void
log_tell_lost (void)
{
  char line[256];
  size_t len;
  int n;

  if (!log_state.lost)
    return;
  len = write_priority (line, sizeof line, LOG_WARNING);
  n = snprintf (line + len, sizeof line - len, "%.80s: warning: %u line%s"
                " lost: nobody read this log\n", log_state.program,
                log_state.lost, log_state.lost == 1 ? " was" : "s were");
  if (n > 0 && write_whole_line (line, len + (size_t) n))
    log_state.lost = 0;
}


static void GPGRT_ATTR_PRINTF (3, 0)
write_line (int priority, const char *kind, const char *format, va_list ap)
{
  int saved = errno;
  char line[LOG_MAXLINE];
  size_t start, len;
  int n;

  start = write_priority (line, sizeof line, priority);
  n = snprintf (line + start, 128, "%.80s: %s", log_state.program, kind);
  len = start + (size_t) n;
  errno = saved;                /* For %m.  */
  n = vsnprintf (line + len, sizeof line - len, format, ap);
  if (n < 0)
    n = 0;
  if ((size_t) n >= sizeof line - len)
    len = cut_line (line, sizeof line - 2);
  else
    len += (size_t) n;
  replace_controls ((unsigned char *) line + start, len - start);
  line[len++] = '\n';
  log_tell_lost ();
  /* One write, so that lines of several processes do not mix.  */
  if (log_state.lost || !write_whole_line (line, len))
    log_state.lost++;
  errno = saved;
}


#define LOG_FUNCTION(name, priority, kind)                      \
  void                                                          \
  name (const char *format, ...)                                \
  {                                                             \
    va_list ap;                                                 \
                                                                \
    va_start (ap, format);                                      \
    write_line (priority, kind, format, ap);                    \
    va_end (ap);                                                \
  }

LOG_FUNCTION (log_error, LOG_ERR, "")
LOG_FUNCTION (log_warn, LOG_WARNING, "warning: ")
LOG_FUNCTION (log_info, LOG_INFO, "")


void
log_debug (const char *format, ...)
{
  va_list ap;

  if (!log_state.verbose)
    return;
  va_start (ap, format);
  write_line (LOG_DEBUG, "", format, ap);
  va_end (ap);
}


static const struct
{
  gpg_err_code_t code;
  int status;
} exit_table[] =
  {
    { GPG_ERR_NO_ERROR, EX_OK },
    { GPG_ERR_INV_ARG, EX_USAGE },
    { GPG_ERR_INV_NAME, EX_USAGE },
    { GPG_ERR_UNKNOWN_OPTION, EX_USAGE },
    { GPG_ERR_UNKNOWN_COMMAND, EX_USAGE },
    { GPG_ERR_MISSING_VALUE, EX_USAGE },
    { GPG_ERR_TOO_MANY, EX_USAGE },
    { GPG_ERR_INV_VALUE, EX_DATAERR },
    { GPG_ERR_INV_LENGTH, EX_DATAERR },
    { GPG_ERR_TOO_LARGE, EX_DATAERR },
    { GPG_ERR_BAD_DATA, EX_DATAERR },
    { GPG_ERR_INV_OBJ, EX_DATAERR },
    { GPG_ERR_CHECKSUM, EX_DATAERR },
    { GPG_ERR_BAD_SIGNATURE, EX_DATAERR },
    { GPG_ERR_NO_DATA, EX_DATAERR },
    { GPG_ERR_UNUSABLE_SECKEY, EX_DATAERR },
    { GPG_ERR_KEY_EXPIRED, EX_DATAERR },
    { GPG_ERR_UNSUPPORTED_PROTOCOL, EX_DATAERR },
    { GPG_ERR_AMBIGUOUS_NAME, EX_DATAERR },
    { GPG_ERR_BAD_PUBKEY, EX_DATAERR },
    { GPG_ERR_UNUSABLE_PUBKEY, EX_DATAERR },
    { GPG_ERR_INV_TIME, EX_DATAERR },
    { GPG_ERR_ENOENT, EX_NOINPUT },
    { GPG_ERR_EISDIR, EX_NOINPUT },
    { GPG_ERR_EBADF, EX_NOINPUT },
    { GPG_ERR_ENOTTY, EX_NOINPUT },
    { GPG_ERR_NO_PIN_ENTRY, EX_NOINPUT },
    { GPG_ERR_NO_PASSPHRASE, EX_NOINPUT },
    { GPG_ERR_UNKNOWN_NAME, EX_NOUSER },
    { GPG_ERR_NO_PUBKEY, EX_NOUSER },
    { GPG_ERR_NO_SECKEY, EX_NOUSER },
    { GPG_ERR_CARD_NOT_PRESENT, EX_NOUSER },
    { GPG_ERR_CARD_REMOVED, EX_NOUSER },
    { GPG_ERR_UNKNOWN_HOST, EX_NOHOST },
    { GPG_ERR_NOT_FOUND, EX_NOHOST },
    { GPG_ERR_NO_NAME, EX_NOHOST },
    { GPG_ERR_SERVER_FAILED, EX_NOHOST },
    { GPG_ERR_EBUSY, EX_TEMPFAIL },
    { GPG_ERR_TIMEOUT, EX_UNAVAILABLE },
    { GPG_ERR_ETIMEDOUT, EX_UNAVAILABLE },
    { GPG_ERR_NO_KEYSERVER, EX_UNAVAILABLE },
    { GPG_ERR_NO_DIRMNGR, EX_UNAVAILABLE },
    { GPG_ERR_ECONNREFUSED, EX_UNAVAILABLE },
    { GPG_ERR_EHOSTUNREACH, EX_UNAVAILABLE },
    { GPG_ERR_ENETUNREACH, EX_UNAVAILABLE },
    { GPG_ERR_NO_AGENT, EX_UNAVAILABLE },
    { GPG_ERR_INV_ENGINE, EX_UNAVAILABLE },
    { GPG_ERR_EEXIST, EX_CANTCREAT },
    { GPG_ERR_EROFS, EX_CANTCREAT },
    { GPG_ERR_EIO, EX_IOERR },
    { GPG_ERR_ENOSPC, EX_IOERR },
    { GPG_ERR_EPIPE, EX_IOERR },
    { GPG_ERR_EPERM, EX_NOPERM },
    { GPG_ERR_EACCES, EX_NOPERM },
    { GPG_ERR_FORBIDDEN, EX_NOPERM },
    { GPG_ERR_CANCELED, EX_NOPERM },
    { GPG_ERR_FULLY_CANCELED, EX_NOPERM },
    { GPG_ERR_BAD_PASSPHRASE, EX_NOPERM },
    { GPG_ERR_BAD_PIN, EX_NOPERM },
    { GPG_ERR_NOT_TRUSTED, EX_NOPERM },
    { GPG_ERR_CONFLICT, EX_CONFIG },
    { GPG_ERR_CONFIGURATION, EX_CONFIG }
  };


gpg_error_t
log_failure (gpg_error_t err, char *message, const char *format, ...)
{
  char what[400];
  va_list args;

  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  if (err)
    log_error ("%s: %s", what, message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return err;
}


int
log_exit_code (gpg_error_t err)
{
  gpg_err_code_t code = gpg_err_code (err);
  size_t i;

  for (i = 0; i < sizeof exit_table / sizeof *exit_table; i++)
    if (exit_table[i].code == code)
      return exit_table[i].status;
  return gpg_err_code_to_errno (code) ? EX_OSERR : EX_SOFTWARE;
}


static bool
reader_is_gone (void)
{
  struct pollfd fd = { STDOUT_FILENO, 0, 0 };

  return poll (&fd, 1, 0) == 1 && (fd.revents & POLLERR);
}


int
log_close_stdout (int rc)
{
  if ((!fflush (stdout) && !ferror (stdout)) || rc || reader_is_gone ())
    return rc;
  log_error ("the output cannot be written; is the disk full?");
  return EX_IOERR;
}
