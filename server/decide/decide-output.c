/* decide-output.c - The output of commands, as act sends it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each act tells of one end at a time: the parts of the output, then the
 * rest by RAN.  */

#include "decide-parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static struct decide_output *
find_output (struct decide_runs *runs, const unsigned char *request)
{
  unsigned int i;

  for (i = 0; i < ROLE_ACTS; i++)
    if (runs->output[i].data
        && !memcmp (runs->output[i].request, request, REQUEST_HASHLEN))
      return runs->output + i;
  return NULL;
}


static void
drop_output (struct decide_output *output)
{
  free (output->data);
  memset (output, 0, sizeof *output);
}


/* A place for what REQUEST's command has written: there is one for each
   act, and one whose end never came may be in the way.  NULL: no memory. */
static struct decide_output *
new_output (struct decide_runs *runs, const unsigned char *request)
{
  struct decide_output *output = find_output (runs, request);
  unsigned int i;

  for (i = 0; !output && i < ROLE_ACTS; i++)
    if (!runs->output[i].data)
      output = runs->output + i;
  if (!output)
    output = runs->output;
  drop_output (output);
  output->data = malloc (CONFIG_MAX_OUTPUT);
  memcpy (output->request, request, REQUEST_HASHLEN);
  return output->data ? output : NULL;
}


void
output_add (struct decide *decide, const struct packet_output *p)
{
  struct decide_runs *runs = &decide->runs;
  struct decide_output *output = p->from ? find_output (runs, p->request)
    : new_output (runs, p->request);

  if (!output)
    return;                     /* A part went to a decide before this.  */
  if (p->from != output->len || p->len > CONFIG_MAX_OUTPUT - output->len)
    output->broken = true;
  else
    {
      memcpy (output->data + output->len, p->data, p->len);
      output->len += p->len;
    }
}


/* What people are told of such an end and of what is left of the output, of
   which RAN tells; "": nothing.  */
static void
describe_ran (const struct packet_ran *ran, const struct receipt *receipt,
          char reason[OUTPUT_REASONLEN])
{
  static const char *const ends[] =
    { [PACKET_ENDED_ITSELF] = "", [PACKET_ENDED_TIMEOUT]
      = "ended after its time", [PACKET_ENDED_STOP]
      = "ended because the server stopped", [PACKET_ENDED_REVOKED]
      = "ended because the person's permission was withdrawn" };
  const char *output = "";

  if (ran->refusal)
    {
      snprintf (reason, OUTPUT_REASONLEN, "%s", refusal_told (ran->refusal));
      return;
    }
  if (receipt->output_len < ran->produced)
    output = receipt->output_len < ran->kept ? "its output was lost"
      : "not all of its output was kept";
  snprintf (reason, OUTPUT_REASONLEN, "%s%s%s", ends[ran->ended_by],
            ran->ended_by && *output ? "; " : "", output);
}


void
output_fill_receipt (struct decide *decide, const struct packet_ran *ran,
                     struct receipt *receipt, char reason[OUTPUT_REASONLEN])
{
  const struct decide_output *output = find_output (&decide->runs,
                                                    ran->request);

  memset (receipt, 0, sizeof *receipt);
  memcpy (receipt->request, ran->request, REQUEST_HASHLEN);
  receipt->state = ran->refusal ? RECEIPT_FAILED : RECEIPT_ENDED;
  receipt->exit_code = ran->exit_code;
  receipt->signal = ran->signal;
  receipt->msecs = ran->msecs;
  receipt->produced = ran->produced;
  receipt->timed_out = ran->ended_by == PACKET_ENDED_TIMEOUT;
  if (output && !output->broken && output->len == ran->kept)
    {
      receipt->output = output->data;
      receipt->output_len = ran->kept;
    }
  describe_ran (ran, receipt, reason);
  receipt->reason = *reason ? reason : NULL;
}


void
output_drop (struct decide *decide, const unsigned char *request)
{
  struct decide_output *output = find_output (&decide->runs, request);

  if (output)
    drop_output (output);
}


void
output_drop_all (struct decide *decide)
{
  unsigned int i;

  for (i = 0; i < ROLE_ACTS; i++)
    drop_output (decide->runs.output + i);
}
