/* secret-line.c - Asking the administrator for a password.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The password must be neither echoed nor left in memory that is not secret:
 * no stdio is used.  */

#include "secret-line.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "../client/password/password-line.h"
#include "../common/base/file.h"
#include "../common/base/secret.h"

/* For the signal handler: the terminal and its settings.  */
static int terminal = -1;
static struct termios as_it_was;

static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define N_FATAL (sizeof fatal / sizeof *fatal)


/* If we are interrupted, whoever types next must see it again.  */
static void
on_fatal_signal (int signo)
{
  tcsetattr (terminal, TCSANOW, &as_it_was);
  signal (signo, SIG_DFL);
  raise (signo);
}


static gpg_error_t
hide_typing (int tty)
{
  struct sigaction sa = { .sa_handler = on_fatal_signal };
  struct termios hidden;
  size_t i;

  if (tcgetattr (tty, &as_it_was))
    return gpg_error_from_syserror ();
  terminal = tty;
  for (i = 0; i < N_FATAL; i++)
    sigaction (fatal[i], &sa, NULL);
  signal (SIGTSTP, SIG_IGN);    /* Stopped, we would leave it hidden.  */
  hidden = as_it_was;
  hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
  return tcsetattr (tty, TCSAFLUSH, &hidden) ? gpg_error_from_syserror () : 0;
}


static void
show_typing (int tty)
{
  size_t i;

  tcsetattr (tty, TCSAFLUSH, &as_it_was);
  for (i = 0; i < N_FATAL; i++)
    signal (fatal[i], SIG_DFL);
  signal (SIGTSTP, SIG_DFL);
}


gpg_error_t
secret_line_read (int fd, char *buf, size_t size)
{
  size_t len = 0;
  gpg_error_t err = password_line_read (fd, buf, size - 1, &len);

  buf[len] = 0;
  if (!err && !len)
    err = gpg_error (GPG_ERR_NO_DATA);
  if (!err && strlen (buf) != len)
    err = gpg_error (GPG_ERR_INV_VALUE);
  return err;
}


static gpg_error_t
prompt_for_line (int tty, const char *text, const char *name, char *buf,
                 size_t size)
{
  char *line = gpgrt_bsprintf ("%s %s: ", text, name);
  gpg_error_t err;

  if (!line)
    return gpg_error_from_syserror ();
  err = file_write_fd (tty, line, strlen (line));
  gpgrt_free (line);
  if (!err)
    err = secret_line_read (tty, buf, size);
  file_write_fd (tty, "\n", 1);
  return err;
}


gpg_error_t
secret_line_ask (const char *name, char *buf, size_t size)
{
  char *again = secret_alloc (size);
  gpg_error_t err;
  int tty;

  if (!again)
    return gpg_error_from_syserror ();
  tty = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  err = tty < 0 ? gpg_error (GPG_ERR_ENOTTY) : hide_typing (tty);
  if (!err)
    {
      err = prompt_for_line (tty, "New password of", name, buf, size);
      if (!err)
        err = prompt_for_line (tty, "Once more, that of", name, again, size);
      show_typing (tty);
    }
  if (!err && strcmp (buf, again))
    err = gpg_error (GPG_ERR_NOT_CONFIRMED);
  if (tty >= 0)
    close (tty);
  secret_release (again);
  return err;
}
