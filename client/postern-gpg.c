/* postern-gpg.c - Runs gpg without the person's gpg.conf.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpgme passes no options of ours to gpg.  It runs this instead, which puts
 * them before gpgme's own: --no-options first, so that no gpg.conf is read,
 * then what a later version of gpg may default to otherwise.  The person's
 * home, agent, pinentry and smartcard stay as they are, and what /etc/gnupg
 * says of them; so does that gpg shall start no agent (no-autostart), where
 * it is forwarded or managed by another program.  But a home that gpgme names
 * is Postern's own: see server/role/home-gpg.c.  */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "../common/pgp/gpg-argv.h"
#include "../server/role/confine.h"

/* Fingerprint of the key that signs.  */
#define SIGNER_VARIABLE "POSTERN_SIGNER"
#define MIN_FPRLEN 40
#define MAX_FPRLEN 64

static const char *const overrides[] =
  {
    "--no-options",
    "--no-armor",
    "--no-textmode",
    "--compress-algo", "none",
    "--no-comments",
    "--no-emit-version",
    "--no-throw-keyids",
    "--no-encrypt-to",
    "--no-default-recipient",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--no-random-seed-file",
    "--trust-model", "always",
    "--disable-dirmngr",
    "--personal-digest-preferences", "SHA512 SHA384 SHA256"
  };
#define N_OVERRIDES (sizeof overrides / sizeof *overrides)


/* True for a fingerprint, with a "!" if exactly that subkey is meant. */
static int
is_fingerprint (const char *text)
{
  size_t n = strspn (text, "0123456789ABCDEFabcdef");

  return n >= MIN_FPRLEN && n <= MAX_FPRLEN
         && (!text[n] || !strcmp (text + n, "!"));
}


/* True if LINE has the option and nothing else.  */
static int
is_no_autostart (const char *line)
{
  static const char option[] = "no-autostart";

  line += strspn (line, " \t");
  if (!strncmp (line, "--", 2))
    line += 2;
  if (strncmp (line, option, sizeof option - 1))
    return 0;
  line += sizeof option - 1;
  return !line[strspn (line, " \t\r\n")];
}


/* True if the person's configuration file NAME forbids to start an agent.  */
static int
forbids_start (const char *name)
{
  const char *home = getenv ("GNUPGHOME"), *user = getenv ("HOME");
  char path[4096], line[1024];
  struct stat st;
  int found = 0, n, fd;
  FILE *fp;

  if (home && *home)
    n = snprintf (path, sizeof path, "%s/%s", home, name);
  else
    n = snprintf (path, sizeof path, "%s/.gnupg/%s", user ? user : "", name);
  if (n < 0 || (size_t)n >= sizeof path)
    return 0;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return 0;
  if (fstat (fd, &st) || !S_ISREG (st.st_mode) || !(fp = fdopen (fd, "r")))
    {
      close (fd);
      return 0;
    }
  while (!found && fgets (line, sizeof line, fp))
    found = is_no_autostart (line);
  fclose (fp);
  return found;
}


int
main (int argc, char **argv)
{
  const char *signer = getenv (SIGNER_VARIABLE);
  const char **args;
  gpg_error_t err;
  const char *home = gpg_argv_home (argc, argv);
  size_t n = 0, i;

  if (signer && !is_fingerprint (signer))
    {
      fprintf (stderr, "postern-gpg: %s is not a fingerprint\n",
               SIGNER_VARIABLE);
      return EX_USAGE;
    }
  args = calloc ((size_t)argc + N_OVERRIDES + 5, sizeof *args);
  if (!args)
    return EX_OSERR;
  args[n++] = "gpg";
  for (i = 0; i < N_OVERRIDES; i++)
    args[n++] = overrides[i];
  if (!home && (forbids_start ("gpg.conf") || forbids_start ("common.conf")))
    args[n++] = "--no-autostart";
  if (signer)
    {
      args[n++] = "--local-user";
      args[n++] = signer;
    }
  for (i = 1; i < (size_t)argc; i++)
    args[n++] = argv[i];
  args[n] = NULL;
  err = home ? confine_unread ("/etc", "gnupg") : 0;
  if (err)
    fprintf (stderr, "postern-gpg: /etc/gnupg cannot be hidden: %s\n",
             gpg_strerror (err));
  execv (POSTERN_GPG, (char **)args);
  fprintf (stderr, "postern-gpg: %s: %s\n", POSTERN_GPG, strerror (errno));
  return EX_UNAVAILABLE;
}
