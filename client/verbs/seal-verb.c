/* seal-verb.c - postern seal: the datagram into a file; or the plain command.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/log.h"
#include "../ask/batch.h"
#include "../ask/exchange.h"


/* TEXT in single quotes for a shell.  */
static void
print_quoted (const char *text)
{
  putchar ('\'');
  for (; *text; text++)
    if (*text == '\'')
      fputs ("'\\''", stdout);
    else
      putchar (*text);
  putchar ('\'');
}


/* The commands of plain gpg and nc that do the same if the server's option
   open-door is set.  The options are those that postern-gpg puts before
   what gpgme says.  By way of a file, for gpg writes in pieces, and nc
   would make a datagram of each.  */
static int
print_command (struct exchange *x)
{
  const struct profile_host *host = x->ask.host[0];
  char *path = NULL, *text = NULL, *message = NULL;
  gpg_error_t err;
  size_t len;

  if (x->ask.password)
    return kit_usage ("seal", "plain gpg cannot attach a password, which %s"
                      " asks for; use -o FILE, or --no-password",
                      host->name);
  path = profile_key_path (x->profile, host);
  if (!path)
    return EX_OSERR;
  err = compose_text (&x->ask, &text, &len, &message);
  if (err)
    log_error ("seal: %s", message ? message : gpg_strerror (err));
  else
    {
      printf ("gpg --no-options --no-armor --no-textmode"
              " --compress-algo none \\\n"
              "  --no-comments --no-emit-version --no-encrypt-to"
              " --no-auto-key-locate \\\n"
              "  --personal-digest-preferences 'SHA512 SHA384 SHA256' \\\n"
              "  --local-user %s \\\n  --recipient-file ", host->signer);
      print_quoted (path);
      printf (" \\\n  --sign --encrypt --yes --output request.pgp <<'END'\n"
              "%sEND\nnc -u -w 2 %s %u < request.pgp\n", text,
              host->address[0], (unsigned int) host->port);
    }
  gpgrt_free (message);
  gpgrt_free (path);
  request_text_release (text, err ? 0 : len);
  return log_exit_code (err);
}


/* What can be sealed.  */
struct sealed
{
  const char *name;
  enum request_action action;
  batch_fill_t fill;
  unsigned int options;
};

static const struct sealed *
find_sealed (const char *name)
{
  static const struct sealed table[] =
    {
      { "open", REQUEST_OPEN, open_fill, VERB_OPEN_OPTIONS },
      { "close", REQUEST_CLOSE, NULL, VERB_ASK_OPTIONS },
      { "whoami", REQUEST_WHOAMI, NULL, VERB_ASK_OPTIONS }
    };
  size_t i;

  for (i = 0; i < sizeof table / sizeof *table; i++)
    if (!strcmp (name, table[i].name))
      return table + i;
  return NULL;
}


/* VERB must take all options that were given.  */
static int
check_options (const struct options *options, const struct sealed *verb)
{
  unsigned int more = options->set & ~(verb->options | OPTION_PRINT);

  if (more)
    return kit_usage ("seal", "'%s' has no option --%s", verb->name,
                      kit_name (options_table, more));
  if (!options->output && !options->print_command)
    return kit_usage ("seal", "where to? give -o FILE ('-': stdout)");
  if (options->output && options->print_command)
    return kit_usage ("seal", "--print-command writes no file; leave out"
                      " -o");
  return -1;
}


static int
seal_ask (const struct options *options, profile_t profile,
          const struct compose_ask *ask)
{
  struct exchange x;
  int rc;

  exchange_begin (&x, options, profile, ask);
  if (!options->print_command)
    rc = exchange_all (&x, NULL);
  else
    {
      rc = exchange_prepare (&x, 0);
      if (rc < 0)
        rc = print_command (&x);
    }
  exchange_end (&x);
  return rc;
}


static int
seal_one (const struct options *options, const struct sealed *verb)
{
  struct compose_ask *list = NULL;
  profile_t profile;
  size_t n;
  int rc;

  rc = profile_open_for ("seal", options->config, false, &profile);
  if (rc >= 0)
    return rc;
  rc = batch_plan (profile, verb->name, verb->action, options, verb->fill,
                   &list, &n);
  if (rc < 0 && (n != 1 || list[0].n_hosts != 1))
    rc = kit_usage ("seal", "a datagram is for one host; name one");
  if (rc < 0)
    rc = seal_ask (options, profile, list);
  free (list);
  profile_close (profile);
  return rc;
}


int
seal_verb (const struct options *options)
{
  struct options inner = *options;
  const struct sealed *verb;
  int rc;

  if (!inner.n_args)
    return kit_usage ("seal", "seal what? open, close or whoami");
  verb = find_sealed (*inner.arg);
  if (!verb)
    return kit_usage ("seal", "'%s' cannot be sealed; open, close and"
                      " whoami can", *inner.arg);
  inner.arg++;
  inner.n_args--;
  rc = check_options (options, verb);
  return rc < 0 ? seal_one (&inner, verb) : rc;
}
