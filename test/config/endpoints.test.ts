import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  baseUrl,
  isLoopback,
  isOllamaCloudModel,
  isPrivateAddress,
  normalOllamaHost,
} from '../../config/endpoints.ts';

test('OLLAMA_HOST is read in every form Ollama takes', () => {
  for (const [text, expected] of [
    ['gpu', 'http://gpu:11434'],
    ['gpu:1234', 'http://gpu:1234'],
    [':1234', 'http://127.0.0.1:1234'],
    ['http://gpu', 'http://gpu'],
    ['https://gpu/', 'https://gpu'],
    ['https://gpu:8443/ollama/', 'https://gpu:8443/ollama'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:9', 'http://127.0.0.1:9'],
    ['[::]:9', 'http://[::1]:9'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]', 'http://[::1]:11434'],
    ['fd00::7', 'http://[fd00::7]:11434'],
    ['192.168.1.5', 'http://192.168.1.5:11434'],
    ['gpu:80', 'http://gpu'],
    ['"gpu"', 'http://gpu:11434'],
    [' gpu ', 'http://gpu:11434'],
  ] as const)
    assert.equal(normalOllamaHost(text), expected, text);
});

test('a base URL is what the provider’s SDK wants', () => {
  for (const [text, provider, expected] of [
    ['http://gpu:8000', 'openai-compatible', 'http://gpu:8000/v1'],
    ['http://gpu:8000/', 'openai-compatible', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1/', 'openai-compatible', 'http://gpu:8000/v1'],
    ['https://proxy/openai/v1', 'openai', 'https://proxy/openai/v1'],
    ['https://api.anthropic.com/v1', 'anthropic', 'https://api.anthropic.com'],
    ['http://gpu:11434/v1', 'ollama', 'http://gpu:11434'],
    ['http://gpu:11434/api', 'ollama', 'http://gpu:11434'],
    ['gpu', 'ollama', 'http://gpu:11434'],
    ['gpu:8000', 'openai', undefined],
    ['ftp://gpu', 'openai', undefined],
    ['', 'anthropic', undefined],
  ] as const)
    assert.equal(baseUrl(text, provider), expected, text);
});

test('loopback, private and public addresses are told apart', () => {
  const loopback = [
    'http://localhost:1',
    'http://127.0.0.1',
    'http://127.9.9.9',
    'http://[::1]:1',
    'http://a.localhost',
  ];
  const private_ = [
    'http://10.0.0.1',
    'http://172.16.0.1',
    'http://172.31.255.1',
    'http://192.168.0.1',
    'http://100.64.0.1',
    'http://169.254.1.1',
    'http://[fd12::1]',
    'http://[fe80::1]',
    'http://gpu',
    'http://gpu.local',
    'http://gpu.home.arpa',
    'http://host.docker.internal:11434',
  ];
  const public_ = [
    'https://ollama.com',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://100.128.0.1',
    'http://192.169.0.1',
    'https://[2001:db8::1]',
    'https://local.example.com',
    'https://127.0.0.1.example.com',
    'https://10.example.com',
    'https://fd00.example.com',
    'https://localhost.example.com',
  ];
  for (const url of loopback) assert.deepEqual([isLoopback(url), isPrivateAddress(url)], [true, true], url);
  for (const url of private_) assert.deepEqual([isLoopback(url), isPrivateAddress(url)], [false, true], url);
  for (const url of public_) assert.deepEqual([isLoopback(url), isPrivateAddress(url)], [false, false], url);
});

test('models of Ollama’s cloud are known by their name', () => {
  for (const name of ['gpt-oss:120b-cloud', 'qwen3-coder:480b-cloud', 'glm-5:cloud', 'x:CLOUD'])
    assert.equal(isOllamaCloudModel(name), true, name);
  for (const name of ['cloudy:7b', 'llama3:8b', 'cloud-llm:7b'])
    assert.equal(isOllamaCloudModel(name), false, name);
});
