/* password-line.c - One line, from a descriptor or from a program.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is read goes from the kernel straight into secret memory.  */

#include "password-line.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../common/base/program.h"
#include "../../common/base/secret.h"

#define CHUNK 512
#define MAX_OUTPUT 65536        /* Of the program, with all its lines.  */

struct first_line
{
  char *buf;
  size_t size;
  size_t len;
  bool complete;                /* Its LF was seen.  */
};


gpg_error_t
password_line_read (int fd, char *buf, size_t size, size_t *r_len)
{
  char *c;
  ssize_t n;
  size_t len = 0;
  gpg_error_t err = 0;
  bool any = false;

  *r_len = 0;
  c = secret_alloc (1);
  if (!c)
    return gpg_error_from_syserror ();
  for (;;)
    {
      n = read (fd, c, 1);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        err = gpg_error_from_syserror ();
      else if (!n && !any)
        err = gpg_error (GPG_ERR_NO_DATA);
      else if (n && *c != '\n' && len == size)
        err = gpg_error (GPG_ERR_TOO_LARGE);
      if (err || !n || *c == '\n')
        break;
      any = true;
      buf[len++] = *c;
    }
  secret_release (c);
  if (!err)
    *r_len = len;
  return err;
}


static gpg_error_t
take_chunk (void *hook, const char *data, size_t len)
{
  struct first_line *line = hook;
  size_t i;

  for (i = 0; i < len && !line->complete; i++)
    if (data[i] == '\n')
      line->complete = true;
    else if (line->len == line->size)
      return gpg_error (GPG_ERR_TOO_LARGE);
    else
      line->buf[line->len++] = data[i];
  return 0;
}


/* Why there is no password, for a person.  */
static char *
explain_failure (gpg_error_t err, const char *program, int status,
                 unsigned int seconds, size_t size)
{
  gpg_err_code_t code = gpg_err_code (err);

  if (code == GPG_ERR_TIMEOUT)
    return gpgrt_bsprintf ("password-command '%s' took longer than %u s",
                           program, seconds);
  if (code == GPG_ERR_TOO_LARGE)
    return gpgrt_bsprintf ("password-command '%s' prints too much; the"
                           " password is its first line, at most %zu bytes",
                           program, size);
  if (code)
    return gpgrt_bsprintf ("password-command '%s': %s", program,
                           gpg_strerror (err));
  if (WIFSIGNALED (status))
    return gpgrt_bsprintf ("password-command '%s' was killed by signal %d",
                           program, WTERMSIG (status));
  if (WEXITSTATUS (status))
    return gpgrt_bsprintf ("password-command '%s' failed with exit status"
                           " %d", program, WEXITSTATUS (status));
  return gpgrt_bsprintf ("password-command '%s' printed nothing", program);
}


gpg_error_t
password_line_run (char *const argv[], unsigned int seconds, char *buf,
                   size_t size, size_t *r_len, char **r_message)
{
  struct first_line line = { buf, size, 0, false };
  struct program program =
    { .argv = argv, .personal = true, .timeout_ms = (int)seconds * 1000,
      .size = CHUNK, .take = take_chunk, .hook = &line,
      .max_output = MAX_OUTPUT };
  gpg_error_t err;
  size_t total = 0;
  int status = 0;

  *r_len = 0;
  *r_message = NULL;
  program.buf = secret_alloc (CHUNK);
  err = program.buf ? program_run (&program, &total, &status)
    : gpg_error_from_syserror ();
  secret_release (program.buf);
  if (!err && !status && total)
    {
      *r_len = line.len;
      return 0;
    }
  secret_wipe (buf, line.len);
  *r_message = explain_failure (err, argv[0], status, seconds, size);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    return err;
  return gpg_error (err || status ? GPG_ERR_NO_PASSPHRASE : GPG_ERR_NO_DATA);
}
