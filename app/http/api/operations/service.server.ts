import { z } from "zod";
import { healthySchema, livenessSchema, unhealthySchema, unreadySchema } from "#app/schemas/health.ts";
import type { Operation } from "./operation.server.ts";

const timestamp = "2026-11-20T08:00:00.000Z";

export const serviceOperations = {
  health: {
    id: "getHealth",
    method: "GET",
    path: "/health",
    tag: "Service",
    summary: "Check whether the service and its database work",
    access: "public",
    responses: {
      200: {
        description: "The database responds.",
        schema: healthySchema,
        example: { status: "ok", database: "connected", timestamp },
      },
      503: {
        description: "The database does not respond, or the service is shutting down.",
        schema: unhealthySchema,
        example: { status: "error", database: "disconnected", timestamp },
      },
    },
  },
  live: {
    id: "getLiveness",
    method: "GET",
    path: "/health/live",
    tag: "Service",
    summary: "Check whether the process responds",
    description: "Does not check the database: a restart would not repair it.",
    access: "public",
    responses: {
      200: { description: "The process responds.", schema: livenessSchema, example: { status: "ok" } },
    },
  },
  ready: {
    id: "getReadiness",
    method: "GET",
    path: "/health/ready",
    tag: "Service",
    summary: "Check whether the instance should receive requests",
    access: "public",
    responses: {
      200: {
        description: "The instance accepts requests.",
        schema: livenessSchema,
        example: { status: "ok" },
      },
      503: {
        description: "The database does not respond, or the service is shutting down.",
        schema: unreadySchema,
        example: { status: "error" },
      },
    },
  },
  openApi: {
    id: "getOpenApi",
    method: "GET",
    path: "/api/openapi.json",
    tag: "Service",
    summary: "Read this description",
    access: "public",
    responses: {
      200: {
        description: "The description of the API in OpenAPI 3.1.",
        schema: z.looseObject({ openapi: z.literal("3.1.1") }),
      },
    },
  },
} satisfies Record<string, Operation>;
