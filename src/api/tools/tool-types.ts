import { GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Approval, Tool, ToolSource } from '../../domain/tools/tool.js';

export const ToolSourceEnum = { BUILT_IN: 'BUILT_IN', HTTP: 'HTTP', MCP: 'MCP', CLIENT: 'CLIENT' } as const satisfies {
  [Source in ToolSource]: Source;
};
registerEnumType(ToolSourceEnum, {
  name: 'ToolSource',
  description: 'Where a tool comes from.',
  valuesConfig: {
    BUILT_IN: { description: 'Part of the server.' },
    HTTP: { description: 'An HTTP API that a component describes.' },
    MCP: { description: 'A tool of an MCP server that a component names.' },
    CLIENT: { description: 'Declared and run by the client.' },
  },
});

export const ApprovalEnum = { ALLOW: 'ALLOW', ASK: 'ASK', DENY: 'DENY' } as const satisfies {
  [Policy in Approval]: Policy;
};
registerEnumType(ApprovalEnum, {
  name: 'Approval',
  description: 'In which turns the agent has a tool.',
  valuesConfig: {
    ALLOW: { description: 'In those whose message names it in `toolNames`, or leaves `toolNames` out.' },
    ASK: { description: 'In those whose message names it in `toolNames`.' },
    DENY: { description: 'In none.' },
  },
});

@ObjectType('Tool', { description: 'Something that the agent can do besides writing.', simpleResolvers: true })
export class ToolType {
  @Field(() => String, { description: 'As the model calls it.' })
  name!: string;

  @Field(() => String, { description: 'As people call it.' })
  alias!: string;

  @Field(() => String, { description: 'What it does.' })
  description!: string;

  @Field(() => String, { description: 'When the agent should use it, and what to answer with.' })
  outputCondition!: string;

  @Field(() => GraphQLJSON, { description: 'JSON Schema of its arguments.' })
  parameters!: Readonly<Record<string, unknown>>;

  @Field(() => ToolSourceEnum, { description: 'Where it comes from.' })
  source!: ToolSource;

  @Field(() => ApprovalEnum, { description: 'In which turns the agent has it.' })
  approval!: Approval;

  @Field(() => Boolean, { description: 'Whether the agent can use it now.' })
  isAvailable!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why the agent cannot use it, such as a missing key; null if it can.',
  })
  unavailableReason!: string | null;
}

export function toToolType(tool: Tool): ToolType {
  const { name, alias, description, outputCondition, parameters, source, approval, unavailableReason } = tool;
  const isAvailable = unavailableReason === null;
  return { name, alias, description, outputCondition, parameters, source, approval, isAvailable, unavailableReason };
}
