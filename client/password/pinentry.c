/* pinentry.c - Asking through the pinentry that gpg-agent would use.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is started as our own child and not through the agent, which would be one
 * more process that sees the password.  libassuan's context, with its
 * buffers of lines, is in secret memory, and wiped with it.  */

#define GPGRT_ENABLE_ARGPARSE_MACROS 1  /* Of gpg-error.h.  */
#include "pinentry.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <assuan.h>
#include <gcrypt.h>
#include <gpgme.h>
#include "../../common/base/log.h"
#include "../../common/base/secret.h"

struct answer
{
  char *buf;
  size_t size;
  size_t len;
};


static void *
grow_secret (void *p, size_t len)
{
  return p ? gcry_realloc (p, len) : secret_alloc (len);
}

static struct assuan_malloc_hooks hooks =
  { secret_alloc, grow_secret, secret_release };


/* What gpg-agent.conf says, to be freed with gpgrt_free; NULL: nothing.
   gpgconf of GnuPG 2.2 does not list this option.  */
static char *
configured_program (void)
{
  static gpgrt_opt_t options[] =
    { ARGPARSE_s_s (1, "pinentry-program", NULL), ARGPARSE_end () };
  const char *home = gpgme_get_dirinfo ("homedir");
  const char *system = gpgme_get_dirinfo ("sysconfdir");
  char name[] = "postern", *list[] = { name, NULL }, **argv = list;
  char *program = NULL;
  int argc = 1;
  gpgrt_argparse_t arg =
    { .argc = &argc, .argv = &argv,
      .flags = ARGPARSE_FLAG_SYS | ARGPARSE_FLAG_USER | ARGPARSE_FLAG_KEEP
               | ARGPARSE_FLAG_NOVERSION };

  if (!home || !system)
    return NULL;
  gpgrt_set_confdir (GPGRT_CONFDIR_SYS, system);
  gpgrt_set_confdir (GPGRT_CONFDIR_USER, home);
  /* The agent's other options are unknown here, and passed over.  */
  while (gpgrt_argparser (&arg, options, "gpg-agent.conf"))
    if (arg.r_opt == 1)
      {
        gpgrt_free (program);
        program = gpgrt_strdup (arg.r.ret_str);
      }
  gpgrt_argparser (&arg, NULL, NULL);
  return program;
}


/* To be freed with gpgrt_free; NULL with errno.  */
static char *
find_program (void)
{
  char *program = configured_program ();
  const char *folder;

  if (program)
    return program;
  folder = gpgme_get_dirinfo ("bindir");
  return gpgrt_bsprintf ("%s/pinentry", folder ? folder : "/usr/bin");
}


static void
in_child (void *opaque, int reserved)
{
  (void) opaque;
  (void) reserved;
  signal (SIGPIPE, SIG_DFL);
}


static gpg_error_t
send_to_pinentry (assuan_context_t ctx, const char *line)
{
  return assuan_transact (ctx, line, NULL, NULL, NULL, NULL, NULL, NULL);
}


/* A pinentry that does not know an option does without.  */
static gpg_error_t
set_option (assuan_context_t ctx, const char *name, const char *value)
{
  gpg_error_t err;
  char *line;

  if (!value || !*value || strpbrk (value, "\r\n"))
    return 0;
  line = gpgrt_bsprintf ("OPTION %s=%s", name, value);
  if (!line)
    return gpg_error_from_syserror ();
  err = send_to_pinentry (ctx, line);
  gpgrt_free (line);
  return gpg_err_code (err) == GPG_ERR_UNKNOWN_OPTION ? 0 : err;
}


/* The locale of CATEGORY, as setlocale (3) finds it.  */
static const char *
locale_of (const char *category)
{
  const char *value = getenv ("LC_ALL");

  if (!value || !*value)
    value = getenv (category);
  return value && *value ? value : getenv ("LANG");
}


/* The terminal: GPG_TTY, which our start has set if it could, else the one
   that controls us: as a ProxyCommand we have it on no descriptor.  */
static const char *
find_tty (void)
{
  const char *tty = getenv ("GPG_TTY");
  int fd;

  if (tty && *tty)
    return tty;
  fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return NULL;
  close (fd);
  return "/dev/tty";
}


static gpg_error_t
set_options (assuan_context_t ctx)
{
  gpg_error_t err = set_option (ctx, "ttyname", find_tty ());

  if (!err)
    err = set_option (ctx, "ttytype", getenv ("TERM"));
  if (!err)
    err = set_option (ctx, "lc-ctype", locale_of ("LC_CTYPE"));
  if (!err)
    err = set_option (ctx, "lc-messages", locale_of ("LC_MESSAGES"));
  return err;
}


/* Send COMMAND with TEXT, escaped as the protocol wants it.  */
static gpg_error_t
set_text (assuan_context_t ctx, const char *command, const char *text)
{
  char line[ASSUAN_LINELENGTH];
  size_t n = strlen (command);

  memcpy (line, command, n);
  line[n++] = ' ';
  for (; *text; text++)
    {
      if (n > sizeof line - 5)
        return gpg_error (GPG_ERR_TOO_LARGE);
      if (*text == '%' || (unsigned char) *text < 0x20)
        n += (size_t) gpgrt_snprintf (line + n, 4, "%%%02X",
                                      (unsigned int) *text);
      else
        line[n++] = *text;
    }
  line[n] = 0;
  return send_to_pinentry (ctx, line);
}


static gpg_error_t
take_data (void *hook, const void *data, size_t len)
{
  struct answer *answer = hook;

  if (len > answer->size - answer->len)
    return gpg_error (GPG_ERR_TOO_LARGE);
  memcpy (answer->buf + answer->len, data, len);
  answer->len += len;
  return 0;
}


static gpg_error_t
ask_pinentry (assuan_context_t ctx, const char *title, const char *desc,
              const char *prompt, struct answer *answer)
{
  gpg_error_t err = set_options (ctx);

  if (!err)
    err = set_text (ctx, "SETTITLE", title);
  if (!err)
    err = set_text (ctx, "SETDESC", desc);
  if (!err)
    err = set_text (ctx, "SETPROMPT", prompt);
  if (err)
    return err;
  assuan_set_flag (ctx, ASSUAN_CONFIDENTIAL, 1);
  err = assuan_transact (ctx, "GETPIN", take_data, answer, NULL, NULL, NULL,
                         NULL);
  assuan_set_flag (ctx, ASSUAN_CONFIDENTIAL, 0);
  return err;
}


static gpg_error_t
start_pinentry (const char *program, assuan_context_t *r_ctx)
{
  const char *slash = strrchr (program, '/');
  const char *argv[] = { slash ? slash + 1 : program, NULL };
  assuan_fd_t none[] = { ASSUAN_INVALID_FD };
  gpg_error_t err;

  *r_ctx = NULL;
  if (access (program, X_OK))
    return gpg_error_from_syserror ();
  err = assuan_new_ext (r_ctx, GPG_ERR_SOURCE_DEFAULT, &hooks, NULL, NULL);
  if (!err)
    err = assuan_pipe_connect (*r_ctx, program, argv, none, in_child, NULL,
                               0);
  return err;
}


/* One of the codes that the caller knows, and its message.  */
static gpg_error_t
explain_pinentry (gpg_error_t err, const char *program, char **r_message)
{
  static const char help[] = "--password-fd and password-command do without";

  switch (gpg_err_code (err))
    {
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
      *r_message = gpgrt_bsprintf ("cancelled; nothing was sent");
      return gpg_error (GPG_ERR_CANCELED);
    case GPG_ERR_TOO_LARGE:
      *r_message = gpgrt_bsprintf ("this is too long for a password");
      return gpg_error (GPG_ERR_TOO_LARGE);
    case GPG_ERR_ENOTTY:
      *r_message = gpgrt_bsprintf ("no terminal to ask for the password on;"
                                   " %s", help);
      return gpg_error (GPG_ERR_ENOTTY);
    case GPG_ERR_ENOENT:
      *r_message = gpgrt_bsprintf ("no pinentry '%s' to ask for the password;"
                                   " install pinentry-curses; %s", program,
                                   help);
      return gpg_error (GPG_ERR_NO_PIN_ENTRY);
    default:
      *r_message = gpgrt_bsprintf ("pinentry '%s': %s; %s", program,
                                   gpg_strerror (err), help);
      return gpg_error (GPG_ERR_NO_PIN_ENTRY);
    }
}


gpg_error_t
pinentry_ask (const char *title, const char *desc, const char *prompt,
              char *buf, size_t size, size_t *r_len, char **r_message)
{
  struct answer answer = { buf, size, 0 };
  assuan_context_t ctx = NULL;
  gpg_error_t err;
  char *program;

  *r_len = 0;
  *r_message = NULL;
  program = find_program ();
  if (!program)
    return gpg_error_from_syserror ();
  log_debug ("pinentry: %s", program);
  err = start_pinentry (program, &ctx);
  if (!err)
    err = ask_pinentry (ctx, title, desc, prompt, &answer);
  if (ctx)
    assuan_release (ctx);
  if (err)
    {
      secret_wipe (buf, answer.len);
      err = explain_pinentry (err, program, r_message);
    }
  else
    *r_len = answer.len;
  gpgrt_free (program);
  return err;
}
